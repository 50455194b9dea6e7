// SPDX-License-Identifier: Apache-2.0
#include "edge/live/pose_feed.h"

#include <algorithm>
#include <cstring>

#include "edge/boom/clock.h"
#include "edge/live/realtime.h"

namespace furrow::edge {

void PoseFeed::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void PoseFeed::Run() {
  MakeUrgent(Urgency::kPose);
  constexpr Nanos kStep = kSecond / 10;
  while (const std::optional<Pose> pose = next_()) {
    for (Nanos now = MonotonicNow(); now < pose->t; now = MonotonicNow()) {
      if (stop_.load(std::memory_order_relaxed)) return;
      SleepUntil(std::min(pose->t, now + kStep));
    }
    if (stop_.load(std::memory_order_relaxed)) return;
    // Without room the deciding thread has stopped, and no pose helps it.
    if (std::byte* place = ring_.Reserve(sizeof *pose)) {
      std::memcpy(place, &*pose, sizeof *pose);
      ring_.Publish();
    }
  }
}

}  // namespace furrow::edge
