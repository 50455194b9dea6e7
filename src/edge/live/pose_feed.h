// SPDX-License-Identifier: Apache-2.0
// Where the deciding thread's poses come from.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>

#include "edge/pose/pose.h"
#include "edge/record/byte_ring.h"

namespace furrow::edge {

/// Hands poses over when their time comes, on one thread.
class PoseFeed {
 public:
  /// The next pose, in order of time; nothing when there are no more.
  using Next = std::function<std::optional<Pose>()>;
  explicit PoseFeed(Next next) : next_(std::move(next)), ring_(1u << 16) {}
  void Start() { thread_ = std::thread(&PoseFeed::Run, this); }
  void Stop();
  ~PoseFeed() { Stop(); }

  /// The deciding thread's side: Pose, one string each.
  ByteRing& ring() { return ring_; }

 private:
  void Run();

  const Next next_;
  ByteRing ring_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::edge
