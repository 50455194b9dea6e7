// SPDX-License-Identifier: Apache-2.0
// Finds the blocks in the bytes of one segment, whatever happened to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "edge/boom/units.h"
#include "edge/record/segment_format.h"

namespace furrow::edge {

struct Block {
  uint64_t sequence = 0;
  Nanos base = 0;
  std::string_view body;
  uint64_t offset = 0;  // of its header in the segment
};

/// One thread. The bytes must outlive the reader.
class SegmentReader {
 public:
  enum class Step {
    kBlock,   // block() is the next one
    kEnd,     // the segment ends after a whole block
    kTorn,    // the rest was not written whole; offset() is where it begins
    kDamage,  // offset() and what() say what is wrong; Next() says the same until Resync()
  };

  SegmentReader() = default;
  /// `last`: of its log, so that it may be torn.
  SegmentReader(std::string_view bytes, bool last) : bytes_(bytes), last_(last) {}

  Step Next();
  /// Goes to the next whole block behind the damage. False when there is none: the segment ends.
  bool Resync();

  /// After the first Next(), unless that was damage or torn.
  const SegmentHeader& header() const { return header_; }
  const Block& block() const { return block_; }
  uint64_t offset() const { return at_; }
  const char* what() const { return what_; }
  /// Written by a newer program: Resync cannot help.
  bool newer() const { return header_.version > kLogVersion; }

 private:
  Step Damage(const char* what);
  Step Broken(const char* what, bool torn);
  bool BlockAt(size_t at);

  std::string_view bytes_;
  bool last_ = true;
  bool headed_ = false;
  size_t at_ = 0;
  SegmentHeader header_;
  Block block_;
  const char* what_ = "";
};

}  // namespace furrow::edge
