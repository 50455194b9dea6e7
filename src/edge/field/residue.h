// SPDX-License-Identifier: Apache-2.0
// What lies on the ground besides plants: straws, stumps of the last harvest, stones. Looks alone.
#pragma once

#include <vector>

#include "edge/field/blade.h"
#include "edge/field/field.h"

namespace furrow::edge {

/// Something that lies there; its blade starts at (0, 0).
struct Litter {
  Microns x = 0, y = 0;
  Blade blade;
  uint8_t age = 0;  // of a straw, from yellow to grey; from 240 on still green
};

/// Appends what lies in the cells that touch the rectangle, in an order that no view changes, with
/// a margin for the longest straw. A function of its arguments alone.
void LitterIn(const FieldOptions& options, Microns x0, Microns x1, Microns y0, Microns y1,
              std::vector<Litter>& out);

}  // namespace furrow::edge
