// SPDX-License-Identifier: Apache-2.0
// Copies of live frames for a network that is being tried, from the threads that look to the one
// that loads.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "edge/boom/units.h"
#include "edge/detect/detection.h"
#include "edge/image/frame.h"

namespace furrow::edge {

/// A frame, and what was decided about it.
struct ShadowFrame {
  FrameView view;  // into `pixels`
  std::vector<uint8_t> pixels;
  std::vector<Detection> found;
  bool by_network = false;  // else the index stood in
};

/// One frame at a time. Lookers never wait: who finds no wish for a frame goes on.
class Shadow {
 public:
  // Any looker's thread, when its findings are on their way:

  /// Copies the frame if one is wanted and it is no larger than what Reserve said.
  void Offer(const FrameView& frame, std::span<const Detection> found, bool by_network) noexcept {
    uint8_t wanted = kWanted;
    if (state_.load(std::memory_order_relaxed) != kWanted ||
        !state_.compare_exchange_strong(wanted, kFilling, std::memory_order_acquire)) {
      return;
    }
    state_.store(Copy(frame, found, by_network) ? kFull : kWanted, std::memory_order_release);
  }

  // The thread that loads:

  /// Takes, and touches, the memory for frames of so many bytes. Not while one is wanted.
  void Reserve(size_t pixel_bytes);
  /// The next frame, with the time it came; null when none comes until then. It stays until the
  /// next call.
  const ShadowFrame* Next(Nanos until);

 private:
  static constexpr uint8_t kIdle = 0, kWanted = 1, kFilling = 2, kFull = 3;
  bool Copy(const FrameView& frame, std::span<const Detection> found, bool by_network) noexcept;

  std::atomic<uint8_t> state_{kIdle};
  ShadowFrame frame_;
};

}  // namespace furrow::edge
