// SPDX-License-Identifier: Apache-2.0
// Where the machine is on its path, and where it was.
#pragma once

#include <cstdint>
#include <optional>

#include "edge/boom/units.h"
#include "edge/pose/past.h"

namespace furrow::edge {

/// The movement of the centre of the nozzle line at one time.
struct Pose {
  Nanos t = 0;
  Microns s = 0;                   // path length of the centre
  MicronsPerSecond v = 0;          // forward speed of the centre
  NanoradsPerSecond yaw_rate = 0;  // positive to the left
  Microns lift = 0;                // how much higher the boom is than its file says
  Microns sigma = 0;               // standard deviation of a way as long as the look-ahead
  uint32_t flags = 0;              // marks.h; 0: nothing is in doubt
  int64_t heading = 0;             // nanoradians turned to the left since a history's first pose

  /// Forward speed of a point `y` to the left of the centre.
  MicronsPerSecond SpeedAt(Microns y) const { return v - yaw_rate * y / kSecond; }

  bool operator==(const Pose&) const = default;
};

/// The pose between two samples, by straight lines; in doubt where either is. `from.t < to.t`.
Pose Between(const Pose& from, const Pose& to, Nanos t);

/// The pose `t` after `last`, if speed and yaw rate stay as they were.
Pose Ahead(const Pose& last, Nanos t);

/// The heading at which the nozzle line will have come to `s`, if it keeps turning as it does.
int64_t HeadingAt(const Pose& pose, Microns s);

/// The last few seconds of poses. One thread at a time.
class PoseHistory {
 public:
  /// False, and nothing kept, when `sample` is not later than the one before. Its heading is
  /// reckoned from the yaw rates.
  bool Add(const Pose& sample);

  bool empty() const { return past_.empty(); }
  /// The one added last.
  const Pose& newest() const { return past_.Newest(); }

  /// The pose at `t`: between samples by straight lines, after the last one by going on as before.
  /// Nothing before the oldest sample that is kept, in a gap of more than a second, or when there
  /// is none.
  std::optional<Pose> At(Nanos t) const;

  /// How old the newest sample is at `now`; nothing when there is none.
  std::optional<Nanos> Age(Nanos now) const;

 private:
  Past<Pose, 1024> past_;  // ten seconds at 100 Hz
};

}  // namespace furrow::edge
