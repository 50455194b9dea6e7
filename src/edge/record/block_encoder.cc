// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "base/sha256.h"
#include "edge/record/block_codec.h"
#include "edge/record/pixels.h"

namespace furrow::edge {
namespace {

constexpr size_t kVarintMax = 10;

void PutHash(std::string& out, std::string_view text) {
  Sha256 digest;
  digest.Add(text);
  const std::string hex = digest.Hex();
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(nibble(hex[i]) << 4 | nibble(hex[i + 1])));
  }
}

}  // namespace

size_t EncodedMax(RecordKind kind, size_t behind) {
  constexpr size_t kHead = 1 + 16 * kVarintMax;  // no kind has more fields, boom's hash included
  if (kind != RecordKind::kDetections) return kHead + behind;
  constexpr size_t kEach = 5 * kVarintMax + 1;
  return kHead + behind / sizeof(Detection) * kEach;
}

void BlockEncoder::Begin(Nanos base) {
  base_ = base;
  state_ = BlockState(base);
  body_.clear();
}

void BlockEncoder::Add(const RawRecord& record, std::string_view behind) {
  switch (record.kind) {
    case RecordKind::kTick: {
      const Nanos step = Less(record.tick.now, state_.tick);
      const uint64_t z = ZigZag(Less(step, state_.tick_step));
      Tag(record.kind, z < 15 ? static_cast<unsigned>(z) : 15);
      if (z >= 15) PutU(body_, z);
      state_.tick = record.tick.now;
      state_.tick_step = step;
      break;
    }
    case RecordKind::kPose:
      AddPose(record.pose);
      break;
    case RecordKind::kCommand:
      Tag(record.kind, record.command.open ? 1 : 0);
      PutZ(body_, Less(record.command.nozzle, state_.nozzle));
      PutZ(body_, Less(record.command.at, state_.tick));
      state_.nozzle = record.command.nozzle;
      break;
    case RecordKind::kDetections:
      AddDetections(record.detections, behind);
      break;
    case RecordKind::kFrame:
      AddFrame(record.frame, behind);
      break;
    case RecordKind::kBoom:
    case RecordKind::kNote:
      Tag(record.kind, 0);
      if (record.kind == RecordKind::kBoom) PutHash(body_, behind);
      PutU(body_, behind.size());
      body_.append(behind);
      break;
    case RecordKind::kSprayed:
      AddSprayed(record.sprayed);
      break;
    case RecordKind::kGap:
      Tag(record.kind, record.gap.reason & 1);
      PutU(body_, record.gap.records);
      PutU(body_, record.gap.frames);
      break;
    case RecordKind::kEnd:
      Tag(record.kind, 0);
      PutU(body_, record.end.records);
      PutU(body_, record.end.lost);
      PutU(body_, record.end.lost_frames);
      break;
    case RecordKind::kUnseen:
      Tag(record.kind, record.unseen.sprayed ? 1 : 0);
      PutU(body_, static_cast<uint32_t>(record.unseen.camera));
      PutZ(body_, Less(record.unseen.near, state_.pose.s));
      PutZ(body_, Less(record.unseen.far, record.unseen.near));
      PutZ(body_, record.unseen.right);
      PutZ(body_, Less(record.unseen.left, record.unseen.right));
      break;
    case RecordKind::kMaster:
      Tag(record.kind, record.master.on ? 1 : 0);
      break;
    case RecordKind::kModel:
      Tag(record.kind, 0);
      PutU(body_, static_cast<uint32_t>(record.model.camera));
      PutU(body_, record.model.sequence);
      PutU(body_, record.model.version);
      body_.append(record.model.bundle.begin(), record.model.bundle.end());
      body_.append(record.model.model.begin(), record.model.model.end());
      break;
  }
}

void BlockEncoder::AddPose(const PoseRecord& pose) {
  const Nanos step = Less(pose.t, state_.pose.t);
  const Microns distance = Less(pose.s, state_.pose.s);
  const bool flags = pose.flags != state_.pose.flags;
  const bool lift = pose.lift != state_.pose.lift;
  Tag(RecordKind::kPose, (flags ? 1 : 0) | (lift ? 2 : 0));
  PutZ(body_, Less(step, state_.pose_step));
  PutZ(body_, Less(distance, state_.distance_step));
  PutZ(body_, Less(pose.v, state_.pose.v));
  PutZ(body_, Less(pose.yaw_rate, state_.pose.yaw_rate));
  if (flags) PutU(body_, pose.flags);
  if (lift) PutZ(body_, Less(pose.lift, state_.pose.lift));
  state_.pose = pose;
  state_.pose_step = step;
  state_.distance_step = distance;
}

void BlockEncoder::AddDetections(const RawDetections& head, std::string_view behind) {
  Tag(RecordKind::kDetections, 0);
  PutU(body_, static_cast<uint32_t>(head.camera));
  PutU(body_, head.sequence);
  PutZ(body_, Less(head.published, state_.tick));
  PutZ(body_, Less(head.published, head.captured));
  PutU(body_, static_cast<uint32_t>(head.width));
  PutU(body_, static_cast<uint32_t>(head.height));
  PutU(body_, head.count);
  Detection last;
  for (uint32_t i = 0; i < head.count; ++i) {
    Detection one;
    std::memcpy(&one, behind.data() + i * sizeof one, sizeof one);
    PutZ(body_, Less(one.left, last.left));
    PutZ(body_, Less(one.top, last.top));
    PutZ(body_, Less(one.right, one.left));
    PutZ(body_, Less(one.bottom, one.top));
    PutZ(body_, one.area);
    body_.push_back(static_cast<char>(one.kind));
    last = one;
  }
}

void BlockEncoder::AddFrame(const RawFrame& head, std::string_view pixels) {
  PackPixels(head.format, head.width, head.height, pixels, packed_);
  const bool packed = packed_.size() < pixels.size();
  Tag(RecordKind::kFrame, packed ? 1 : 0);
  PutU(body_, static_cast<uint32_t>(head.camera));
  PutU(body_, head.sequence);
  PutZ(body_, Less(head.captured, state_.tick));
  PutZ(body_, head.exposure);
  body_.push_back(static_cast<char>(head.format));
  PutU(body_, static_cast<uint32_t>(head.width));
  PutU(body_, static_cast<uint32_t>(head.height));
  const std::string_view bytes = packed ? std::string_view(packed_) : pixels;
  PutU(body_, bytes.size());
  body_.append(bytes);
}

void BlockEncoder::AddSprayed(const SprayedRecord& one) {
  const SprayedRecord& last = state_.sprayed;
  Tag(RecordKind::kSprayed, one.continues ? 1 : 0);
  PutZ(body_, Less(one.nozzle, last.nozzle));
  PutZ(body_, Less(one.t_open, state_.tick));
  PutZ(body_, Less(one.t_close, one.t_open));
  PutZ(body_, Less(one.s_open, last.s_open));
  PutZ(body_, Less(one.s_close, one.s_open));
  PutZ(body_, Less(one.x_open, last.x_open));
  PutZ(body_, Less(one.y_open, last.y_open));
  PutZ(body_, Less(one.x_close, one.x_open));
  PutZ(body_, Less(one.y_close, one.y_open));
  PutZ(body_, Less(one.heading_open, last.heading_open));
  PutZ(body_, Less(one.heading_close, one.heading_open));
  PutZ(body_, one.speed);
  PutZ(body_, one.nanolitres);
  PutU(body_, one.flags);
  state_.sprayed = one;
}

}  // namespace furrow::edge
