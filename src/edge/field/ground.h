// SPDX-License-Identifier: Apache-2.0
// How bare ground looks: crumbs and clods in the sun, from several octaves of value noise
// (K. Perlin, An image synthesizer, SIGGRAPH 1985). Looks alone: nothing here is truth.
#pragma once

#include <array>
#include <cstdint>

#include "edge/boom/units.h"
#include "edge/field/canvas.h"
#include "edge/field/field.h"

namespace furrow::edge {

/// Where the machine stands: the nozzle line's centre, and the way forward to the left of x.
struct Pose2 {
  Microns x = 0, y = 0;
  float cos = 1, sin = 0;
};

/// Smooth noise between 0 and 1 over a plane of unit cells, repeating after 256. Immutable.
class ValueNoise {
 public:
  explicit ValueNoise(uint64_t key);
  /// `dx` and `dy` are its slopes.
  float At(int32_t cell_x, int32_t cell_y, float x, float y, float& dx, float& dy) const;
  float At(int32_t cell_x, int32_t cell_y, float x, float y) const;
  /// At a place given in cells from the origin.
  float At(float x, float y) const;

 private:
  float Corner(int32_t x, int32_t y) const {
    return table_[static_cast<uint8_t>(order_[static_cast<uint8_t>(x)] + y)];
  }

  std::array<uint8_t, 256> order_{};
  std::array<float, 256> table_{};
};

/// Immutable and thread-safe.
class Ground {
 public:
  explicit Ground(const FieldOptions& options);

  /// Paints the whole canvas with soil, no shade and mask 0; what lies beyond sight becomes haze.
  void Paint(const Pose2& pose, Canvas& canvas) const;

  /// Of a lump of this soil, from damp to dry.
  Colour ColourOf(uint8_t dryness) const {
    return look_.damp.To(look_.dry, static_cast<float>(dryness) / 255) * 1.05F;
  }

 private:
  struct Look {
    Colour dry, damp;  // the two ends between which it varies over the field
    float relief;      // how strongly slopes catch the sun
    float crumb;       // contrast of single crumbs
    float gloss;       // of slopes towards the sun, when wet
  };
  struct Octave {
    int32_t x, y;  // the pose's cell
    float fx, fy;  // and the place within it
    // Cells a metre, turned: lattices that lie askew to each other and to the rows do not show.
    float along, aside;

    Octave(int64_t size, const Pose2& pose, int turn);
    float U(float px, float py) const { return fx + px * along + py * aside; }
    float V(float px, float py) const { return fy + py * along - px * aside; }
  };

  /// The sun's direction in an octave's turned frame.
  struct Facing {
    float u, v;
    Facing(const Octave& octave, float sun_x, float sun_y);
  };

  static Look LookOf(Soil soil);
  float Sample(const Octave& octave, float x, float y) const;

  Look look_;
  ValueNoise noise_;
  float sun_x_, sun_y_;  // towards the sun on the ground; longer when it stands low
};

}  // namespace furrow::edge
