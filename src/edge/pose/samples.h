// SPDX-License-Identifier: Apache-2.0
// What the sensors of movement say, each with the moment it holds for on the one clock that also
// stamps frames. That clock only ever goes on; no wall clock appears here.
#pragma once

#include "edge/boom/units.h"

namespace furrow::edge {

/// A wheel that counts pulses.
struct OdometerSample {
  Nanos t = 0;             // as stamped
  Microns s = 0;           // pulses so far, as a distance
  MicronsPerSecond v = 0;  // from the time between pulses

  bool operator==(const OdometerSample&) const = default;
};

/// How good a receiver says its position is, from the worst to the best.
enum class FixQuality : uint8_t { kNone, kSingle, kDifferential, kFloat, kFixed };

/// On a plane of the caller's choice: x ahead, y to the left of it, any origin that stays.
struct GnssFix {
  Nanos t = 0;        // the moment it holds for
  Nanos arrival = 0;  // when it was known
  Microns x = 0, y = 0;
  MicronsPerSecond v = 0;
  int64_t course = 0;  // of the movement: nanoradians to the left of x, any number of turns
  FixQuality quality = FixQuality::kFixed;

  bool operator==(const GnssFix&) const = default;
};

struct ImuSample {
  Nanos t = 0;
  NanoradsPerSecond yaw_rate = 0;  // positive to the left

  bool operator==(const ImuSample&) const = default;
};

/// Of the nozzles above the ground.
struct HeightSample {
  Nanos t = 0;
  Microns height = 0;

  bool operator==(const HeightSample&) const = default;
};

}  // namespace furrow::edge
