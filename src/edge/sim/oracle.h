// SPDX-License-Identifier: Apache-2.0
// The best that could be done with the same sensor data: the timing equations solved exactly, on
// the odometry between its samples and the last word of the tracker, as if computing took no time.
// It shares no code with the scheduler.
#pragma once

#include <deque>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/pose/path.h"

namespace furrow::edge {

/// From an open to a close command of one nozzle.
struct CommandWindow {
  Nanos open = 0, close = 0;
};

class Oracle {
 public:
  explicit Oracle(const Boom& boom);

  void OnPose(const Pose& pose);
  void OnWeed(const GroundWeed& weed);

  /// The windows of every weed that lies 2 m behind by now, united, go to `windows[nozzle]`.
  void Settle(std::vector<std::deque<CommandWindow>>& windows);

 private:
  /// The first time at which nozzle `n` is so near to `edge` that a command with these figures must
  /// be given: distance left <= lead + speed * (delay + fall).
  Nanos Solve(int n, Microns edge, Microns lead, Nanos delay) const;

  const Boom boom_;
  std::deque<Pose> poses_;
  std::vector<GroundWeed> weeds_;  // not yet settled
};

}  // namespace furrow::edge
