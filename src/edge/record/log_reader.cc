// SPDX-License-Identifier: Apache-2.0
#include "edge/record/log_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

#include "edge/record/plausible.h"

namespace furrow::edge {
namespace {

namespace fs = std::filesystem;

// A segment is far smaller; what is larger is something else.
constexpr uint64_t kFileMax = uint64_t{2} << 30;

Result<std::string> ReadAll(const std::string& path) {
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  if (error) return Status(Code::kIoError, path + ": " + error.message());
  if (size > kFileMax) return Status(Code::kTooLarge, path + ": too large for a segment");
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return Status(Code::kIoError, path + ": " + std::strerror(errno));
  std::string bytes(size, '\0');
  bytes.resize(std::fread(bytes.data(), 1, size, file));
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Status(Code::kIoError, path + ": cannot be read");
  return bytes;
}

}  // namespace

Result<LogReader> LogReader::Open(const std::string& path) {
  LogReader log;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (!fs::exists(path, error)) return Status(Code::kNotFound, path + ": there is no such log");
    log.files_.push_back({path, std::nullopt});
    return log;
  }
  fs::directory_iterator at(path, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const auto number = SegmentNumber(at->path().filename().string());
    if (number) log.files_.push_back({at->path().string(), number});
  }
  if (error) return Status(Code::kIoError, path + ": " + error.message());
  if (log.files_.empty()) return Status(Code::kNotFound, path + ": there is no segment of a log");
  std::ranges::sort(log.files_, {}, [](const File& file) { return *file.number; });
  return log;
}

Status LogReader::Damage(Code code, uint64_t offset, const std::string& what) {
  error_ = Status(code, fmt::format("{}: at byte {}: {}", name_, offset, what));
  return error_;
}

Status LogReader::OpenNext() {
  const File& file = files_[next_file_++];
  name_ = file.path;
  mend_ = Mend::kNextFile;
  auto bytes = ReadAll(file.path);
  if (!bytes.ok()) return error_ = bytes.status();
  bytes_ = std::make_unique<std::string>(std::move(bytes).value());
  segment_ = SegmentReader(*bytes_, next_file_ == files_.size());
  open_ = true;
  checked_ = false;
  pending_ = false;
  if (file.number && number_ && *file.number != *number_ + 1) {
    const auto missing = *number_ + 1;
    number_ = file.number;
    expected_.reset();
    mend_ = Mend::kGoOn;
    return Damage(Code::kCorruption, 0, SegmentName(missing) + " is missing before this file");
  }
  number_ = file.number;
  return {};
}

Status LogReader::CheckHeader() {
  checked_ = true;
  const SegmentHeader& header = segment_.header();
  mend_ = Mend::kGoOn;
  pending_ = true;
  // A log's first block is known; after segments that were taken away any number may come first.
  if (header.number == 1 && !expected_) expected_ = 1;
  if (number_ && header.number != *number_) {
    return Damage(Code::kCorruption, 0, fmt::format("this is segment {}", header.number));
  }
  if (log_id_ && *log_id_ != header.log_id) {
    log_id_ = header.log_id;
    return Damage(Code::kCorruption, 0, "this segment is of another log");
  }
  log_id_ = header.log_id;
  return {};
}

Result<bool> LogReader::NextBlock() {
  while (true) {
    if (!open_) {
      if (next_file_ == files_.size()) return false;
      FURROW_TRY(OpenNext());
    }
    if (!pending_) {
      const auto step = segment_.Next();
      if (step == SegmentReader::Step::kTorn) {
        torn_ = TornEnd{name_, segment_.offset(), bytes_->size() - segment_.offset()};
        open_ = false;
        continue;
      }
      if (step == SegmentReader::Step::kDamage) {
        mend_ = segment_.newer() ? Mend::kNever : Mend::kResync;
        return Damage(segment_.newer() ? Code::kFailedPrecondition : Code::kCorruption,
                      segment_.offset(), segment_.what());
      }
      if (step == SegmentReader::Step::kEnd) open_ = false;
      pending_ = step == SegmentReader::Step::kBlock;
      if (!checked_) {
        const bool block = pending_;
        const Status status = CheckHeader();
        pending_ = block;
        FURROW_TRY(status);
      }
      if (!pending_) continue;
    }
    const Block& block = segment_.block();
    if (const auto expected = expected_; expected && block.sequence != *expected) {
      mend_ = Mend::kGoOn;
      expected_ = block.sequence;
      return Damage(Code::kCorruption, block.offset,
                    fmt::format("block {} stands where {} should", block.sequence, *expected));
    }
    expected_ = block.sequence + 1;
    pending_ = false;
    decoder_.emplace(block.body, block.base, pixels_);
    return true;
  }
}

Result<bool> LogReader::Next(Record& record) {
  if (!error_.ok()) return error_;
  while (!decoder_ || decoder_->empty()) {
    decoder_.reset();
    FURROW_ASSIGN(const bool more, NextBlock());
    if (!more) return false;
  }
  auto next = decoder_->Next();
  if (!next.ok()) {
    decoder_.reset();
    mend_ = Mend::kGoOn;
    return Damage(next.status().code(), segment_.block().offset, next.status().message());
  }
  record = std::move(next).value();
  if (!Plausible(record)) {
    decoder_.reset();
    mend_ = Mend::kGoOn;
    return Damage(Code::kCorruption, segment_.block().offset,
                  "a record in this block says what no machine does");
  }
  if (std::holds_alternative<EndRecord>(record)) closed_ = true;
  return true;
}

bool LogReader::Resume() {
  if (error_.ok()) return true;
  if (mend_ == Mend::kNever) return false;
  error_ = Status();
  if (mend_ == Mend::kNextFile) open_ = false;
  if (mend_ == Mend::kResync) {
    // How many blocks were lost is not known.
    expected_.reset();
    open_ = segment_.Resync();
    checked_ = true;
  }
  return true;
}

}  // namespace furrow::edge
