// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "edge/record/block_codec.h"
#include "edge/record/pixels.h"

namespace furrow::edge {

Result<Record> BlockDecoder::Wrong(const char* what) {
  taker_.Fail();
  return Status(Code::kCorruption, std::string("malformed ") + what);
}

Result<Record> BlockDecoder::Next() {
  const uint8_t tag = taker_.Byte();
  const unsigned n = tag & 15;
  const auto kind = static_cast<RecordKind>(tag >> 4);
  // A tick and a pose give their n a meaning of their own.
  const unsigned most = kind == RecordKind::kTick ? 15 : kind == RecordKind::kPose ? 3 : 1;
  if (n > most) return Wrong("record");
  switch (kind) {
    case RecordKind::kTick:
      return TakeTick(n);
    case RecordKind::kPose:
      return TakePose(n);
    case RecordKind::kCommand: {
      CommandRecord one;
      one.open = n == 1;
      one.nozzle = taker_.IntFrom(state_.nozzle);
      one.at = Plus(state_.tick, taker_.Z());
      if (!taker_.ok()) return Wrong("command");
      state_.nozzle = one.nozzle;
      return Record(one);
    }
    case RecordKind::kDetections:
      return TakeDetections();
    case RecordKind::kFrame:
      return TakeFrame(n);
    case RecordKind::kBoom:
      return TakeBoom();
    case RecordKind::kNote: {
      const std::string_view text = taker_.Bytes(taker_.U());
      if (!taker_.ok()) return Wrong("note");
      return Record(NoteRecord{std::string(text)});
    }
    case RecordKind::kSprayed:
      return TakeSprayed(n);
    case RecordKind::kGap: {
      GapRecord one;
      one.reason = static_cast<uint8_t>(n);
      one.records = taker_.U();
      one.frames = taker_.U();
      if (!taker_.ok()) return Wrong("gap");
      return Record(one);
    }
    case RecordKind::kEnd: {
      EndRecord one;
      one.records = taker_.U();
      one.lost = taker_.U();
      one.lost_frames = taker_.U();
      if (!taker_.ok()) return Wrong("end");
      return Record(one);
    }
    case RecordKind::kUnseen: {
      UnseenRecord one;
      one.sprayed = n == 1;
      one.camera = taker_.Int();
      one.near = Plus(state_.pose.s, taker_.Z());
      one.far = Plus(one.near, taker_.Z());
      one.right = taker_.Z();
      one.left = Plus(one.right, taker_.Z());
      if (!taker_.ok()) return Wrong("piece of unseen ground");
      return Record(one);
    }
    case RecordKind::kMaster:
      return Record(MasterRecord{n == 1});
    case RecordKind::kModel: {
      ModelRecord one;
      one.camera = taker_.Int();
      one.sequence = taker_.U();
      one.version = taker_.U();
      for (auto* id : {&one.bundle, &one.model}) {
        const std::string_view bytes = taker_.Bytes(id->size());
        std::copy_n(bytes.begin(), std::min(bytes.size(), id->size()), id->begin());
      }
      if (!taker_.ok()) return Wrong("model");
      return Record(one);
    }
  }
  return Wrong("record");
}

Result<Record> BlockDecoder::TakeTick(unsigned n) {
  const uint64_t z = n < 15 ? n : taker_.U();
  if (!taker_.ok()) return Wrong("tick");
  state_.tick_step = Plus(state_.tick_step, UnZigZag(z));
  state_.tick = Plus(state_.tick, state_.tick_step);
  return Record(TickRecord{state_.tick});
}

Result<Record> BlockDecoder::TakePose(unsigned n) {
  PoseRecord& pose = state_.pose;
  state_.pose_step = Plus(state_.pose_step, taker_.Z());
  state_.distance_step = Plus(state_.distance_step, taker_.Z());
  pose.t = Plus(pose.t, state_.pose_step);
  pose.s = Plus(pose.s, state_.distance_step);
  pose.v = Plus(pose.v, taker_.Z());
  pose.yaw_rate = Plus(pose.yaw_rate, taker_.Z());
  if ((n & 1) != 0) pose.flags = taker_.U32();
  if ((n & 2) != 0) pose.lift = Plus(pose.lift, taker_.Z());
  if (!taker_.ok()) return Wrong("pose");
  return Record(pose);
}

Result<Record> BlockDecoder::TakeDetections() {
  DetectionsRecord set;
  set.camera = taker_.Int();
  set.sequence = taker_.U();
  set.published = Plus(state_.tick, taker_.Z());
  set.captured = Less(set.published, taker_.Z());
  set.width = taker_.Int();
  set.height = taker_.Int();
  const uint64_t count = taker_.U();
  constexpr size_t kEachMin = 6;
  if (!taker_.ok() || count > taker_.left() / kEachMin) return Wrong("set of detections");
  set.found.reserve(count);
  Detection last;
  for (uint64_t i = 0; i < count; ++i) {
    Detection one;
    one.left = taker_.IntFrom(last.left);
    one.top = taker_.IntFrom(last.top);
    one.right = taker_.IntFrom(one.left);
    one.bottom = taker_.IntFrom(one.top);
    one.area = taker_.IntFrom(0);
    const uint8_t kind = taker_.Byte();
    if (!taker_.ok() || kind > static_cast<uint8_t>(PlantKind::kCrop)) {
      return Wrong("detection");
    }
    one.kind = static_cast<PlantKind>(kind);
    set.found.push_back(one);
    last = one;
  }
  return Record(std::move(set));
}

Result<Record> BlockDecoder::TakeFrame(unsigned coding) {
  FrameRecord frame;
  frame.camera = taker_.Int();
  frame.sequence = taker_.U();
  frame.captured = Plus(state_.tick, taker_.Z());
  frame.exposure = taker_.Z();
  frame.format = static_cast<PixelFormat>(taker_.Byte());
  frame.width = taker_.Int();
  frame.height = taker_.Int();
  const std::string_view bytes = taker_.Bytes(taker_.U());
  const size_t size = PixelBytes(frame.format, frame.width, frame.height);
  if (!taker_.ok() || size == 0) return Wrong("frame");
  if (!pixels_) return Record(std::move(frame));
  if (coding == 0) {
    if (bytes.size() != size) return Wrong("frame");
    frame.pixels.assign(bytes.begin(), bytes.end());
  } else if (!UnpackPixels(frame.format, frame.width, frame.height, bytes, frame.pixels)) {
    return Wrong("frame");
  }
  return Record(std::move(frame));
}

Result<Record> BlockDecoder::TakeBoom() {
  constexpr size_t kHashBytes = 32;
  constexpr const char* kDigits = "0123456789abcdef";
  BoomRecord boom;
  for (const char c : taker_.Bytes(kHashBytes)) {
    boom.sha256 += kDigits[static_cast<uint8_t>(c) >> 4];
    boom.sha256 += kDigits[static_cast<uint8_t>(c) & 15];
  }
  boom.toml = taker_.Bytes(taker_.U());
  if (!taker_.ok()) return Wrong("boom");
  return Record(std::move(boom));
}

Result<Record> BlockDecoder::TakeSprayed(unsigned n) {
  const SprayedRecord& last = state_.sprayed;
  SprayedRecord one;
  one.continues = n == 1;
  one.nozzle = taker_.IntFrom(last.nozzle);
  one.t_open = Plus(state_.tick, taker_.Z());
  one.t_close = Plus(one.t_open, taker_.Z());
  one.s_open = Plus(last.s_open, taker_.Z());
  one.s_close = Plus(one.s_open, taker_.Z());
  one.x_open = Plus(last.x_open, taker_.Z());
  one.y_open = Plus(last.y_open, taker_.Z());
  one.x_close = Plus(one.x_open, taker_.Z());
  one.y_close = Plus(one.y_open, taker_.Z());
  one.heading_open = Plus(last.heading_open, taker_.Z());
  one.heading_close = Plus(one.heading_open, taker_.Z());
  one.speed = taker_.Z();
  one.nanolitres = taker_.Z();
  one.flags = taker_.U32();
  if (!taker_.ok()) return Wrong("piece of sprayed ground");
  state_.sprayed = one;
  return Record(one);
}

}  // namespace furrow::edge
