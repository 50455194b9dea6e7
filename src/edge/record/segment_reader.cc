// SPDX-License-Identifier: Apache-2.0
#include "edge/record/segment_reader.h"

#include <algorithm>

#include "base/crc32c.h"

namespace furrow::edge {
namespace {

// How many zeros at the end tell pages that never reached the disk from a body that merely ends so.
constexpr size_t kZerosMin = 32;

bool Zeros(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; });
}

}  // namespace

SegmentReader::Step SegmentReader::Damage(const char* what) {
  what_ = what;
  return Step::kDamage;
}

SegmentReader::Step SegmentReader::Broken(const char* what, bool torn) {
  return torn && last_ ? Step::kTorn : Damage(what);
}

bool SegmentReader::BlockAt(size_t at) {
  const std::string_view rest = bytes_.substr(at);
  const auto header = DecodeBlockHeader(rest);
  if (!header || rest.size() - kBlockHeaderBytes < header->length) return false;
  const std::string_view body = rest.substr(kBlockHeaderBytes, header->length);
  if (Crc32c(0, body.data(), body.size()) != header->body_crc) return false;
  block_ = {header->sequence, header->base, body, at};
  return true;
}

SegmentReader::Step SegmentReader::Next() {
  if (!headed_) {
    const auto header = DecodeSegmentHeader(bytes_);
    if (!header) {
      return Broken("this is no header of a segment",
                    bytes_.size() < kSegmentHeaderBytes || Zeros(bytes_));
    }
    header_ = *header;
    if (newer()) return Damage("a newer program wrote this");
    headed_ = true;
    at_ = kSegmentHeaderBytes;
  }
  const std::string_view rest = bytes_.substr(at_);
  if (rest.empty()) return Step::kEnd;
  if (rest.size() < kBlockHeaderBytes) return Broken("the header of a block is cut off", true);
  const auto header = DecodeBlockHeader(rest);
  if (!header) return Broken("this is no header of a block", Zeros(rest));
  if (rest.size() - kBlockHeaderBytes < header->length) return Broken("a block is cut off", true);
  if (!BlockAt(at_)) {
    const std::string_view body = rest.substr(kBlockHeaderBytes, header->length);
    const bool ends = rest.size() == kBlockHeaderBytes + body.size();
    return Broken("the checksum of a block does not hold",
                  ends && Zeros(body.substr(body.size() - std::min(body.size(), kZerosMin))));
  }
  at_ += kBlockHeaderBytes + header->length;
  return Step::kBlock;
}

bool SegmentReader::Resync() {
  if (newer()) return false;
  // What an earlier Next() made of the header does not matter any more.
  headed_ = true;
  for (size_t at = at_ + 1; at < bytes_.size(); ++at) {
    at = bytes_.find(kBlockMagic, at);
    if (at == std::string_view::npos) break;
    if (!BlockAt(at)) continue;
    at_ = at;
    return true;
  }
  at_ = bytes_.size();
  return false;
}

}  // namespace furrow::edge
