// SPDX-License-Identifier: Apache-2.0
// A record between the thread that made it and the one that writes it: a fixed head that is copied
// as it is, and bytes behind it. Never on disk.
#pragma once

#include <cstdint>
#include <type_traits>

#include "edge/record/record.h"

namespace furrow::edge {

struct RawDetections {
  int32_t camera, width, height;
  uint32_t count;  // Detections in the bytes behind
  uint64_t sequence;
  Nanos captured, published;
};

struct RawFrame {
  int32_t camera, width, height;
  PixelFormat format;
  uint64_t sequence;
  Nanos captured, exposure;
};

struct RawRecord {
  RecordKind kind;
  union {
    TickRecord tick;
    PoseRecord pose;
    CommandRecord command;
    RawDetections detections;  // behind: the Detections
    RawFrame frame;            // behind: PixelBytes() of pixels
    SprayedRecord sprayed;
    GapRecord gap;
    EndRecord end;
    UnseenRecord unseen;
    MasterRecord master;
    ModelRecord model;
  };
  // kBoom and kNote have nothing but the text behind.

  explicit RawRecord(RecordKind k) : kind(k), tick() {}
  explicit RawRecord(const TickRecord& one) : kind(RecordKind::kTick), tick(one) {}
  explicit RawRecord(const PoseRecord& one) : kind(RecordKind::kPose), pose(one) {}
  explicit RawRecord(const CommandRecord& one) : kind(RecordKind::kCommand), command(one) {}
  explicit RawRecord(const RawDetections& one) : kind(RecordKind::kDetections), detections(one) {}
  explicit RawRecord(const RawFrame& one) : kind(RecordKind::kFrame), frame(one) {}
  explicit RawRecord(const SprayedRecord& one) : kind(RecordKind::kSprayed), sprayed(one) {}
  explicit RawRecord(const GapRecord& one) : kind(RecordKind::kGap), gap(one) {}
  explicit RawRecord(const EndRecord& one) : kind(RecordKind::kEnd), end(one) {}
  explicit RawRecord(const UnseenRecord& one) : kind(RecordKind::kUnseen), unseen(one) {}
  explicit RawRecord(const MasterRecord& one) : kind(RecordKind::kMaster), master(one) {}
  explicit RawRecord(const ModelRecord& one) : kind(RecordKind::kModel), model(one) {}

  /// The log time that the record names, or `otherwise`.
  Nanos TimeOr(Nanos otherwise) const {
    switch (kind) {
      case RecordKind::kTick:
        return tick.now;
      case RecordKind::kPose:
        return pose.t;
      case RecordKind::kDetections:
        return detections.published;
      case RecordKind::kFrame:
        return frame.captured;
      default:
        return otherwise;
    }
  }
};
static_assert(std::is_trivially_copyable_v<RawRecord>);

}  // namespace furrow::edge
