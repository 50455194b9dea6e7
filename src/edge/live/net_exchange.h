// SPDX-License-Identifier: Apache-2.0
// One camera's network, and how another takes its place between two frames.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "edge/boom/units.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"

namespace furrow::edge {

/// What a network is known by. Zeros: it came without a bundle.
struct ModelMark {
  uint64_t version = 0;                       // of the bundle
  std::array<uint8_t, 32> bundle{}, model{};  // the bundle's id; SHA-256 of the network's file
  bool operator==(const ModelMark&) const = default;
};

/// A network made ready for the frames of one camera, and run. One thread at a time.
struct CameraNet {
  std::unique_ptr<Detector> index;  // what stands in for it when there is no time
  NetDetector net;
  Nanos takes;  // for a frame, when nobody disturbs it
  const ModelMark* mark;
};

/// From the thread that loads networks to the one that looks at a camera's frames. Neither waits.
class NetExchange {
 public:
  // The thread that loads:

  /// From the camera's next frame on `net` judges; null: none does. Both it and the one before must
  /// live until Taken().
  void Give(CameraNet* net) {
    net_.store(net, std::memory_order_relaxed);
    number_.store(++given_, std::memory_order_release);
  }
  /// The looking side has let go of every network but the one given last.
  bool Taken() const { return taken_.load(std::memory_order_acquire) == given_; }

  // The thread that looks, between two frames:

  /// True when there is another one since the last call; `net` is set to it.
  bool Take(CameraNet*& net) {
    const uint64_t number = number_.load(std::memory_order_acquire);
    if (number == taken_.load(std::memory_order_relaxed)) return false;
    // It may be newer than its number says; then it is taken once more, which does no harm.
    net = net_.load(std::memory_order_relaxed);
    taken_.store(number, std::memory_order_release);
    return true;
  }

 private:
  uint64_t given_ = 0;
  std::atomic<CameraNet*> net_{nullptr};
  std::atomic<uint64_t> number_{0}, taken_{0};
};

}  // namespace furrow::edge
