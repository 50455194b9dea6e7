// SPDX-License-Identifier: Apache-2.0
// Pieces of sprayed ground put together to polygons, and their place on the earth.
#pragma once

#include <cstdint>
#include <vector>

#include "edge/record/as_applied.h"

namespace furrow::edge {

struct GroundPoint {
  double x = 0, y = 0;  // metres, as AsApplied has them
};

/// What one nozzle sprayed without a break, or several side by side that opened and closed
/// together (within a millisecond each).
struct Patch {
  int32_t nozzle_first = 0, nozzle_last = 0;
  Nanos t_open = 0, t_close = 0;
  Microns s_open = 0, s_close = 0;
  double litres = 0, square_metres = 0;
  double speed = 0;  // m/s, mean
  uint32_t flags = 0;
  std::vector<GroundPoint> ring;  // counter-clockwise, the first point not repeated
};

/// In order of opening, then of nozzle.
std::vector<Patch> MakePatches(const AsApplied& table);

/// Where x = y = 0 is, and where x points.
struct Origin {
  double latitude = 0, longitude = 0;  // degrees, WGS 84
  double course = 0;                   // degrees, of x, clockwise from north
};
struct Degrees {
  double latitude = 0, longitude = 0;
};
/// On the plane that touches the ellipsoid at the origin: good to a centimetre within 2 km.
Degrees OnEarth(const Origin& origin, const GroundPoint& point);

}  // namespace furrow::edge
