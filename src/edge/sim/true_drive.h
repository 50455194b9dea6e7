// SPDX-License-Identifier: Apache-2.0
// How the simulated machine really moves, and what its odometer makes of it.
#pragma once

#include <cstdint>
#include <deque>

#include "edge/pose/pose.h"

namespace furrow::edge {

struct DriveOptions {
  uint64_t seed = 1;
  double speed_mps = 6;
  double braking_mps2 = 2;        // down to half the speed once in 20 s; 0: never
  double yaw_rate_radps = 0.05;   // in curves to both sides, half of the time; 0: none
  double odometer_scale = 0.002;  // its constant error: share of the distance
};

/// The movement at one time. Heading is 0 at the start and grows to the left.
struct TruePose {
  double t = 0, s = 0, v = 0, yaw_rate = 0;  // seconds, metres, m/s, rad/s
  double x = 0, y = 0, heading = 0;          // of the centre of the nozzle line in the world
};

/// A drive in steps of a millisecond. It remembers from a few seconds ago to a few metres ahead.
class TrueDrive {
 public:
  explicit TrueDrive(const DriveOptions& options);

  /// Goes on until the machine at `t` can be asked about 6 m ahead; forgets what is older than 4 s.
  void ReachFor(double t);

  /// By straight lines between steps. `t` or `s` must lie in what is remembered.
  TruePose At(double t) const;
  TruePose AtDistance(double s) const;

  /// What odometer and gyroscope say at `t`, in steps of a millisecond.
  Pose Measured(Nanos t) const;

 private:
  void Advance();

  const DriveOptions options_;
  std::deque<TruePose> path_;
};

}  // namespace furrow::edge
