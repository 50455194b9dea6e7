// SPDX-License-Identifier: Apache-2.0
// Places on the field as the nozzle line will meet them.
#pragma once

#include <cstdint>
#include <optional>

#include "edge/boom/units.h"
#include "edge/pose/pose.h"

namespace furrow::edge {

/// A weed on the ground, in path coordinates: `near` and `far` are odometer distances of the nozzle
/// line on the centre path, `right` < `left` distances from that path.
struct GroundWeed {
  uint32_t id = 0;  // from 1 on
  Microns near = 0, far = 0;
  Microns right = 0, left = 0;

  bool operator==(const GroundWeed&) const = default;
};

struct PlaceOnPath {
  Microns x, y;
};

/// Where the nozzle line will pass over a point that lies `x_m` ahead of and `y_m` to the left of
/// its centre at `pose`, if it keeps turning as it does: along a circle whose centre lies where
/// the line's forward speed is zero. Nothing when the point is too far round that circle (35
/// degrees) to be met. Only + - * / and square root: the same on every processor.
std::optional<PlaceOnPath> MeetingPoint(const Pose& pose, double x_m, double y_m);

}  // namespace furrow::edge
