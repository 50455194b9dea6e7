// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace furrow::edge {

enum class PlantKind : uint8_t { kPlant = 0, kWeed = 1, kCrop = 2 };

/// One connected patch of plant in one frame, in the frame's own pixels.
struct Detection {
  int32_t left = 0, top = 0;      // the box's first column and row
  int32_t right = 0, bottom = 0;  // one past its last column and row
  int32_t area = 0;               // pixels that are plant
  PlantKind kind = PlantKind::kPlant;

  bool operator==(const Detection&) const = default;
};

}  // namespace furrow::edge
