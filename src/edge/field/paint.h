// SPDX-License-Identifier: Apache-2.0
// Paints single leaves, straws and stones, and their shadows, onto a canvas. Looks, and the mask.
#pragma once

#include "edge/field/canvas.h"
#include "edge/field/field.h"

namespace furrow::edge {

constexpr uint8_t kCropMask = 128;
constexpr uint8_t kWeedMask = 255;

/// The sun as the machine sees it: towards it on the ground, as a unit vector, and how many metres
/// of shadow one metre of height casts.
struct Sun {
  float x = 0, y = 0, cast = 0;
};

/// What the blades of one plant share.
struct Tint {
  Colour leaf;       // of a leaf in full light
  uint8_t mask = 0;  // kCropMask or kWeedMask
  float dew = 0;     // share of the leaf under drops
  uint32_t key = 0;  // where they are
};

/// How plants of a species look; `key` makes one differ from the next.
Tint TintOf(const Species& species, uint64_t key, double dew);

/// Keeps references; not thread-safe.
class Painter {
 public:
  Painter(Canvas& canvas, const Sun& sun) : canvas_(canvas), sun_(sun) {}

  /// Darkens what the figure, `rise` metres up, keeps the sun from. To be painted before the
  /// figure.
  void Shadow(const PlacedBlade& figure, float rise);
  /// A pixel counts as plant in the mask when the leaf covers half of it.
  void Leaf(const PlacedBlade& figure, const Blade& blade, const Tint& tint);
  void Straw(const PlacedBlade& figure, const Blade& blade, uint8_t age);
  void Stone(const PlacedBlade& figure, const Blade& blade, uint8_t age);
  /// A stone of any colour, or a lump of the soil itself.
  void Round(const PlacedBlade& figure, const Blade& blade, const Colour& stone);

 private:
  /// How much a figure faces the sun, from -1 to 1: along its way, and to its left.
  float Along(const PlacedBlade& f) const { return f.cos * sun_.x + f.sin * sun_.y; }
  float Left(const PlacedBlade& f) const { return f.cos * sun_.y - f.sin * sun_.x; }

  Canvas& canvas_;
  Sun sun_;
};

}  // namespace furrow::edge
