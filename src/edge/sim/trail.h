// SPDX-License-Identifier: Apache-2.0
// The stretch of a drive that a simulation is at, in floating point and quick to ask.
#pragma once

#include <deque>

#include "edge/field/drive.h"

namespace furrow::edge {

/// The movement at one time. Heading is 0 at the start and grows to the left.
struct TruePose {
  double t = 0, s = 0, v = 0, yaw_rate = 0;  // seconds, metres, m/s, rad/s
  double x = 0, y = 0, heading = 0;          // of the centre of the nozzle line in the world
};

/// Remembers a drive in steps of 5 ms from a few seconds ago to a few metres ahead; between steps
/// it goes on by straight lines, a hundredth of a millimetre off while it brakes. Keeps a reference
/// to the drive.
class Trail {
 public:
  explicit Trail(const Drive& drive);

  /// Goes on until the machine at `t` can be asked about 6 m ahead, or a minute if it stands;
  /// forgets what is older than 4 s.
  void ReachFor(double t);

  /// `t` or `s` must lie in what is remembered.
  TruePose At(double t) const;
  TruePose AtDistance(double s) const;

 private:
  void Advance();

  const Drive& drive_;
  Nanos next_ = 0;
  std::deque<TruePose> path_;
};

}  // namespace furrow::edge
