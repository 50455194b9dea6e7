// SPDX-License-Identifier: Apache-2.0
#include "edge/live/shadow.h"

#include <cstring>

#include "edge/boom/clock.h"

namespace furrow::edge {
namespace {

constexpr size_t kFoundMax = 20'000;  // a frame with more of them is not tried on
constexpr Nanos kPoll = 2 * kMillisecond;

}  // namespace

bool Shadow::Copy(const FrameView& frame, std::span<const Detection> found,
                  bool by_network) noexcept {
  const size_t row =
      static_cast<size_t>(frame.width) * (frame.format == PixelFormat::kRgb8 ? 3 : 1);
  if (row * static_cast<size_t>(frame.height) > frame_.pixels.size() || found.size() > kFoundMax) {
    return false;
  }
  uint8_t* to = frame_.pixels.data();
  for (int y = 0; y < frame.height; ++y, to += row) {
    std::memcpy(to, frame.data + y * frame.stride, row);
  }
  frame_.view = frame;
  frame_.view.data = frame_.pixels.data();
  frame_.view.stride = static_cast<ptrdiff_t>(row);
  frame_.found.assign(found.begin(), found.end());  // has the room
  frame_.by_network = by_network;
  return true;
}

void Shadow::Reserve(size_t pixel_bytes) {
  if (frame_.pixels.size() < pixel_bytes) frame_.pixels.resize(pixel_bytes);
  frame_.found.reserve(kFoundMax);
}

const ShadowFrame* Shadow::Next(Nanos until) {
  state_.store(kWanted, std::memory_order_release);
  while (state_.load(std::memory_order_acquire) != kFull) {
    if (MonotonicNow() >= until) {
      uint8_t wanted = kWanted;
      if (state_.compare_exchange_strong(wanted, kIdle)) return nullptr;
    }
    SleepUntil(MonotonicNow() + kPoll);
  }
  state_.store(kIdle, std::memory_order_relaxed);
  return &frame_;
}

}  // namespace furrow::edge
