// SPDX-License-Identifier: Apache-2.0
#include "edge/record/log_encoder.h"

#include <cstring>

namespace furrow::edge {
namespace {

// There is but one writer, so no read-modify-write is needed.
void Add(std::atomic<uint64_t>& counter, uint64_t more) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

}  // namespace

std::byte* LogEncoder::Drop(RecordKind kind) noexcept {
  Add(dropped_, 1);
  if (kind == RecordKind::kFrame) Add(dropped_frames_, 1);
  return nullptr;
}

std::byte* LogEncoder::Reserve(const RawRecord& record, size_t behind) noexcept {
  const uint64_t lost = dropped_.load(std::memory_order_relaxed);
  const uint64_t told = told_.load(std::memory_order_relaxed);
  if (lost != told) {
    const uint64_t frames = dropped_frames_.load(std::memory_order_relaxed);
    const uint64_t told_frames = told_frames_.load(std::memory_order_relaxed);
    const RawRecord gap(GapRecord{GapRecord::kRing, lost - told, frames - told_frames});
    std::byte* const place = ring_.Reserve(sizeof gap);
    if (place == nullptr) return Drop(record.kind);
    std::memcpy(place, &gap, sizeof gap);
    ring_.Publish();
    told_.store(lost, std::memory_order_relaxed);
    told_frames_.store(frames, std::memory_order_relaxed);
  }
  std::byte* const place = ring_.Reserve(sizeof record + behind);
  if (place == nullptr) return Drop(record.kind);
  std::memcpy(place, &record, sizeof record);
  return place + sizeof record;
}

bool LogEncoder::Put(const RawRecord& record, std::string_view behind) noexcept {
  std::byte* const place = Reserve(record, behind.size());
  if (place == nullptr) return false;
  if (!behind.empty()) std::memcpy(place, behind.data(), behind.size());
  ring_.Publish();
  return true;
}

bool LogEncoder::Detections(const FrameView& frame, Nanos published,
                            std::span<const Detection> found) noexcept {
  RawDetections head;
  head.camera = frame.camera;
  head.width = frame.width;
  head.height = frame.height;
  head.count = static_cast<uint32_t>(found.size());
  head.sequence = frame.sequence;
  head.captured = frame.captured;
  head.published = published;
  return Put(RawRecord(head), {reinterpret_cast<const char*>(found.data()), found.size_bytes()});
}

bool LogEncoder::Frame(const FrameView& frame) noexcept {
  const size_t size = PixelBytes(frame.format, frame.width, frame.height);
  if (size == 0) return Drop(RecordKind::kFrame) != nullptr;
  RawFrame head;
  head.camera = frame.camera;
  head.width = frame.width;
  head.height = frame.height;
  head.format = frame.format;
  head.sequence = frame.sequence;
  head.captured = frame.captured;
  head.exposure = frame.exposure;
  std::byte* place = Reserve(RawRecord(head), size);
  if (place == nullptr) return false;
  const size_t row = size / static_cast<size_t>(frame.height);
  for (int y = 0; y < frame.height; ++y, place += row) {
    std::memcpy(place, frame.data + y * frame.stride, row);
  }
  ring_.Publish();
  return true;
}

}  // namespace furrow::edge
