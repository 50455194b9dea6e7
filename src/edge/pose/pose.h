// SPDX-License-Identifier: Apache-2.0
// Where the machine is on its path, and where it was.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "edge/boom/units.h"

namespace furrow::edge {

/// The movement of the centre of the nozzle line at one time.
struct Pose {
  Nanos t = 0;
  Microns s = 0;                   // path length of the centre
  MicronsPerSecond v = 0;          // forward speed of the centre
  NanoradsPerSecond yaw_rate = 0;  // positive to the left

  /// Forward speed of a point `y` to the left of the centre.
  MicronsPerSecond SpeedAt(Microns y) const { return v - yaw_rate * y / kSecond; }

  bool operator==(const Pose&) const = default;
};

/// The pose between two samples, by straight lines. `from.t < to.t`.
Pose Between(const Pose& from, const Pose& to, Nanos t);

/// The pose `t` after `last`, if speed and yaw rate stay as they were.
Pose Ahead(const Pose& last, Nanos t);

/// The last few seconds of poses. One thread at a time.
class PoseHistory {
 public:
  /// False, and nothing kept, when `sample` is not later than the one before.
  bool Add(const Pose& sample);

  /// The pose at `t`: between samples by straight lines, after the last one by going on as before.
  /// Nothing before the oldest sample that is kept, or when there is none.
  std::optional<Pose> At(Nanos t) const;

  /// How old the newest sample is at `now`; nothing when there is none.
  std::optional<Nanos> Age(Nanos now) const;

 private:
  static constexpr size_t kSamples = 1024;  // ten seconds at 100 Hz
  const Pose& Newest(size_t back) const { return ring_[(count_ - 1 - back) % kSamples]; }

  std::array<Pose, kSamples> ring_;
  size_t count_ = 0;  // of all that were ever added
};

}  // namespace furrow::edge
