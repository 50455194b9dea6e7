// SPDX-License-Identifier: Apache-2.0
#include "files/multipart.h"

#include <algorithm>
#include <cstring>

namespace furrow::files {
namespace {

Status Bad(const char* why) {
  return Status(Code::kInvalidArgument, std::string("bad multipart body: ") + why);
}

}  // namespace

// Data is searched for CR LF -- boundary; the CR LF in front of the first one is implied, so that
// both a body that begins with its boundary and one with a preamble look alike.
MultipartParser::MultipartParser(std::string_view boundary, PartEvents& events,
                                 const MultipartLimits& limits)
    : delimiter_("\r\n--" + std::string(boundary)),
      events_(events),
      limits_(limits),
      held_("\r\n") {}

Status MultipartParser::Push(std::string_view chunk) {
  if (state_ == State::kFailed) return Bad("after an error");
  while (!chunk.empty()) {
    if (Status status = Advance(chunk); !status.ok()) {
      state_ = State::kFailed;
      return status;
    }
  }
  return {};
}

Status MultipartParser::Finish() {
  return state_ == State::kEpilogue ? Status() : Bad("it ends too early");
}

Status MultipartParser::Advance(std::string_view& in) {
  switch (state_) {
    case State::kPreamble:
    case State::kData:
      return ScanData(in);
    case State::kAfterBoundary:
      return ScanBoundaryEnd(in);
    case State::kHead:
      return ScanHead(in);
    case State::kEpilogue:
    case State::kFailed:
      in = {};
      return {};
  }
  return {};
}

Status MultipartParser::Emit(std::string_view data) {
  if (data.empty()) return {};
  if (state_ == State::kData) return events_.OnData(data);
  preamble_ += data.size();
  return preamble_ > limits_.preamble_bytes_max ? Bad("no boundary") : Status();
}

Status MultipartParser::AtBoundary() {
  const bool part_ends = state_ == State::kData;
  state_ = State::kAfterBoundary;
  line_.clear();
  return part_ends ? events_.OnPartEnd() : Status();
}

Status MultipartParser::ScanData(std::string_view& in) {
  const size_t size = delimiter_.size();
  if (!held_.empty()) {
    // A delimiter that begins in what is held needs at most size - 1 bytes of what is new.
    const size_t take = std::min(in.size(), size - 1);
    std::string window = held_;
    window.append(in.substr(0, take));
    const size_t at = window.find(delimiter_);
    if (at != std::string::npos) {
      FURROW_TRY(Emit(std::string_view(window).substr(0, at)));
      in.remove_prefix(at + size - held_.size());
      held_.clear();
      return AtBoundary();
    }
    if (take == size - 1) {
      const std::string held = std::move(held_);
      held_.clear();
      return Emit(held);
    }
    in = {};
    const size_t keep = std::min(window.size(), size - 1);
    held_ = window.substr(window.size() - keep);
    window.resize(window.size() - keep);
    return Emit(window);
  }
  const void* found = ::memmem(in.data(), in.size(), delimiter_.data(), size);
  if (found != nullptr) {
    const auto at = static_cast<size_t>(static_cast<const char*>(found) - in.data());
    FURROW_TRY(Emit(in.substr(0, at)));
    in.remove_prefix(at + size);
    return AtBoundary();
  }
  // Held back: the longest end that a delimiter could begin with.
  size_t keep = std::min(in.size(), size - 1);
  while (keep > 0 && !delimiter_.starts_with(in.substr(in.size() - keep))) --keep;
  held_ = in.substr(in.size() - keep);
  const std::string_view data = in.substr(0, in.size() - keep);
  in = {};
  return Emit(data);
}

// "--" ends the body; blanks and CR LF begin a part; anything else was not our boundary.
Status MultipartParser::ScanBoundaryEnd(std::string_view& in) {
  line_ += in.front();
  in.remove_prefix(1);
  if (line_ == "--") {
    state_ = State::kEpilogue;
    return {};
  }
  if (line_ == "-") return {};
  if (line_.front() == '-' || line_.size() > 64) return Bad("a boundary with a tail");
  if (line_.ends_with("\r\n")) {
    if (++parts_ > limits_.parts_max) return Bad("too many parts");
    state_ = State::kHead;
    line_.clear();
    return {};
  }
  const char last = line_.back();
  const bool after_cr = line_.size() > 1 && line_[line_.size() - 2] == '\r';
  if (after_cr || (last != ' ' && last != '\t' && last != '\r')) {
    return Bad("a boundary with a tail");
  }
  return {};
}

Status MultipartParser::ScanHead(std::string_view& in) {
  // Byte-wise is enough: a head is short.
  line_ += in.front();
  in.remove_prefix(1);
  if (line_.size() > limits_.head_bytes_max) return Bad("the head of a part is too large");
  const bool empty = line_ == "\r\n";
  if (!empty && !line_.ends_with("\r\n\r\n")) return {};
  FURROW_ASSIGN(const PartHead head,
                ParsePartHead(empty ? std::string_view()
                                    : std::string_view(line_).substr(0, line_.size() - 4)));
  line_.clear();
  state_ = State::kData;
  return events_.OnPart(head);
}

}  // namespace furrow::files
