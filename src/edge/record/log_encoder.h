// SPDX-License-Identifier: Apache-2.0
// The side of an edge log that the deciding thread sees: it puts records into a ring of bytes, and
// a LogFile (log_file.h) takes them out.
//
//   LogEncoder encoder(4 << 20);
//   auto log = LogFile::Open(folder, {}, {&encoder});
//   ...
//   encoder.Pose(pose);
//   encoder.Tick(now);
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "edge/image/frame.h"
#include "edge/record/byte_ring.h"
#include "edge/record/raw_record.h"
#include "edge/record/record.h"

namespace furrow::edge {

/// One thread at a time calls the record functions; each thread that records has an encoder of its
/// own. Records of one encoder keep their order in the log; those of two have none to each other.
///
/// A record function copies and returns: no allocation, no lock, no system call. It is true when
/// the record will be written. When the ring is full the whole record is dropped, and the log gets
/// a gap record in its place as soon as there is room again.
class LogEncoder {
 public:
  /// A ring of `ring_bytes`, touched here and now. The largest record takes half of it.
  explicit LogEncoder(size_t ring_bytes) : ring_(ring_bytes) {}

  bool Tick(Nanos now) noexcept { return Put(RawRecord(TickRecord{now}), {}); }
  bool Pose(const PoseRecord& pose) noexcept { return Put(RawRecord(pose), {}); }
  bool Command(const CommandRecord& command) noexcept { return Put(RawRecord(command), {}); }
  bool Sprayed(const SprayedRecord& sprayed) noexcept { return Put(RawRecord(sprayed), {}); }
  bool Unseen(const UnseenRecord& unseen) noexcept { return Put(RawRecord(unseen), {}); }
  bool Master(bool on) noexcept { return Put(RawRecord(MasterRecord{on}), {}); }
  bool Model(const ModelRecord& model) noexcept { return Put(RawRecord(model), {}); }

  /// What was found in `frame`, whose pixels are not touched.
  bool Detections(const FrameView& frame, Nanos published,
                  std::span<const Detection> found) noexcept;
  /// The frame with its pixels. One that no log takes (PixelBytes() is 0) counts as dropped.
  bool Frame(const FrameView& frame) noexcept;
  /// The boom's file, word for word. Once, before anything that depends on it.
  bool Boom(std::string_view toml) noexcept { return Put(RawRecord(RecordKind::kBoom), toml); }
  bool Note(std::string_view text) noexcept { return Put(RawRecord(RecordKind::kNote), text); }

  /// Records dropped since the beginning, frames included. From any thread.
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  uint64_t dropped_frames() const { return dropped_frames_.load(std::memory_order_relaxed); }
  /// Bytes of the ring that wait to be written, and all it has. From any thread.
  size_t waiting() const { return ring_.used(); }
  size_t capacity() const { return ring_.capacity(); }

 private:
  friend class LogFile;
  bool Put(const RawRecord& record, std::string_view behind) noexcept;
  /// Where to write the `behind` bytes after the record; null when it was dropped.
  std::byte* Reserve(const RawRecord& record, size_t behind) noexcept;
  std::byte* Drop(RecordKind kind) noexcept;

  ByteRing ring_;
  // Written by the recording thread alone.
  std::atomic<uint64_t> dropped_{0}, dropped_frames_{0};
  std::atomic<uint64_t> told_{0}, told_frames_{0};  // of these, in gap records
};

}  // namespace furrow::edge
