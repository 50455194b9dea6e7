// SPDX-License-Identifier: Apache-2.0
// The segments of one log, written one after the other, with room kept beyond the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "edge/record/disk.h"

namespace furrow::edge {

/// One thread.
class SegmentWriter {
 public:
  struct Options {
    uint64_t segment_bytes = 64u << 20;
    uint64_t reserve_bytes = 16u << 20;
  };
  enum class Importance { kFrame, kOther };
  enum class Outcome {
    kWritten,
    kNoRoom,  // nothing was written: the disk is full, or for a frame: would be
    kFailed,  // nothing was written: error() says why
  };

  SegmentWriter(Disk& disk, std::string folder, Options options, uint64_t log_id);
  ~SegmentWriter();
  SegmentWriter(const SegmentWriter&) = delete;
  SegmentWriter& operator=(const SegmentWriter&) = delete;

  /// Creates the first segment in the folder, which must be there and hold none of that name.
  Status Start();
  /// Whether `bytes` of a frame would leave the reserve whole.
  bool HasRoomForFrame(uint64_t bytes) { return Ensure(end_ + bytes + options_.reserve_bytes); }
  /// Writes a whole block, into the next segment when this one has become long enough.
  Outcome Write(std::string_view block, Importance importance);
  /// What was written is on the disk; false: error() says why not.
  bool Sync();
  /// Gives reserved room back and closes the segment; nothing may follow.
  bool Finish();

  uint64_t bytes() const { return bytes_; }  // in all segments
  uint32_t segments() const { return number_; }
  bool dirty() const { return dirty_ || folder_dirty_; }
  /// Room beyond the end that nobody can take, as far as it is known.
  uint64_t reserved() const { return reserved_to_ > end_ ? reserved_to_ - end_ : 0; }
  const Status& error() const { return error_; }

 private:
  Status Create(uint32_t number);
  void Rotate();
  bool Ensure(uint64_t size);
  Status Problem(int error, const char* what) const;

  Disk& disk_;
  const std::string folder_;
  const Options options_;
  const uint64_t log_id_;
  int file_ = -1;
  uint32_t number_ = 0;
  uint64_t end_ = 0;
  uint64_t reserved_to_ = 0;
  uint64_t rotate_at_ = 0;
  uint64_t bytes_ = 0;
  bool reserves_ = true;  // false on a file system that cannot
  bool dirty_ = false, folder_dirty_ = false;
  Status error_;
};

}  // namespace furrow::edge
