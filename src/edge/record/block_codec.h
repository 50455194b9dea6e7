// SPDX-License-Identifier: Apache-2.0
// Records to the body of a block and back. docs/formats/edge-log.md has the fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "edge/record/raw_record.h"
#include "edge/record/record.h"
#include "edge/record/varint.h"

namespace furrow::edge {

constexpr size_t kBlockBodyMax = 64u << 10;  // of a block with more than one record
constexpr Nanos kBlockSpan = 100 * kMillisecond;

/// What differences are taken from. Starts anew in every block.
struct BlockState {
  explicit BlockState(Nanos base)
      : tick(Less(base, kMillisecond)), tick_step(kMillisecond), pose_step(10 * kMillisecond) {
    pose.t = base;
  }
  Nanos tick, tick_step, pose_step;
  Microns distance_step = 0;
  PoseRecord pose;
  int32_t nozzle = 0;
  SprayedRecord sprayed;
};

/// Collects the body of one block after another. One thread.
class BlockEncoder {
 public:
  /// Empties the body; the next one begins at log time `base`.
  void Begin(Nanos base);
  /// Appends a record; `behind` are its bytes as raw_record.h says.
  void Add(const RawRecord& record, std::string_view behind);
  const std::string& body() const { return body_; }
  Nanos base() const { return base_; }

 private:
  void AddPose(const PoseRecord& pose);
  void AddDetections(const RawDetections& head, std::string_view behind);
  void AddFrame(const RawFrame& head, std::string_view pixels);
  void AddSprayed(const SprayedRecord& sprayed);
  void Tag(RecordKind kind, unsigned n) {
    body_.push_back(static_cast<char>(static_cast<unsigned>(kind) << 4 | n));
  }

  Nanos base_ = 0;
  BlockState state_{0};
  std::string body_, packed_;
};

/// No record of this kind with so many bytes behind it grows the body by more than this.
size_t EncodedMax(RecordKind kind, size_t behind);

/// Takes the records of one body, in order. The body must outlive the decoder.
class BlockDecoder {
 public:
  /// Without `pixels` frames come with none, which is many times as quick.
  BlockDecoder(std::string_view body, Nanos base, bool pixels = true)
      : taker_(body), state_(base), pixels_(pixels) {}
  bool empty() const { return taker_.empty(); }
  /// The next record; only when not empty(). kCorruption when the bytes are none, after which the
  /// decoder is empty.
  Result<Record> Next();

 private:
  Result<Record> Wrong(const char* what);
  Result<Record> TakeTick(unsigned n);
  Result<Record> TakePose(unsigned n);
  Result<Record> TakeDetections();
  Result<Record> TakeFrame(unsigned coding);
  Result<Record> TakeBoom();
  Result<Record> TakeSprayed(unsigned n);

  Taker taker_;
  BlockState state_;
  bool pixels_;
};

}  // namespace furrow::edge
