// SPDX-License-Identifier: Apache-2.0
#include "edge/field/paint.h"

#include <cmath>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

void Blend(Texel& texel, const Colour& colour, float cover) {
  const auto mix = [cover](uint16_t& to, float from) {
    const float now = to;
    to = static_cast<uint16_t>(std::clamp(now + (from - now) * cover, 0.0F, 65535.0F));
  };
  mix(texel.red, colour.red);
  mix(texel.green, colour.green);
  mix(texel.blue, colour.blue);
  texel.shade = static_cast<uint8_t>(static_cast<float>(texel.shade) * (1 - cover));
}

/// A zigzag between 0 and 1 with period 1; for value >= 0.
float Zigzag(float value) {
  const float part = value - static_cast<float>(static_cast<int>(value));
  return part < 0.5F ? 2 * part : 2 - 2 * part;
}

/// Cheap chance per cell, 0 to 1: for looks within one blade.
float Fleck(uint32_t key, int x, int y) {
  uint32_t h =
      key + static_cast<uint32_t>(x) * 0x9e3779b1U + static_cast<uint32_t>(y) * 0x85ebca77U;
  h = (h ^ (h >> 15)) * 0x2c1b3c6dU;
  h = (h ^ (h >> 12)) * 0x297a2d39U;
  return static_cast<float>((h ^ (h >> 15)) >> 8) / 16777216.0F;
}

}  // namespace

Tint TintOf(const Species& species, uint64_t key, double dew) {
  Draws draws(KeyOf(key, Purpose::kWeed, 1));
  const auto vary = [&](int percent) {
    return 1 + static_cast<float>(draws.Between(-percent, percent)) / 100;
  };
  const float light = vary(9);
  const float yellow = vary(7);
  Tint tint;
  const Colour leaf = Colour::Of(static_cast<float>(species.red) * light * yellow,
                                 static_cast<float>(species.green) * light,
                                 static_cast<float>(species.blue) * light * vary(9) / yellow);
  // Wax and hairs give back some of the sky.
  tint.leaf = leaf.To(Colour::Of(138, 144, 132), 0.14F);
  tint.mask = species.weed ? kWeedMask : kCropMask;
  tint.dew = static_cast<float>(dew);
  tint.key = static_cast<uint32_t>(draws.Next());
  return tint;
}

void Painter::Shadow(const PlacedBlade& figure, float rise) {
  PlacedBlade cast = figure;
  cast.x -= sun_.x * sun_.cast * rise;
  cast.y -= sun_.y * sun_.cast * rise;
  canvas_.Paint(cast, 0.001F + rise * 0.08F, [](Texel& texel, const Spot& spot) {
    texel.shade = std::max(texel.shade, static_cast<uint8_t>(spot.cover * 255));
  });
}

void Painter::Leaf(const PlacedBlade& figure, const Blade& blade, const Tint& tint) {
  const bool grass = blade.part == Part::kGrassLeaf;
  const bool stalk = blade.part == Part::kStalk;
  // Leaves rise outwards, so those that point away from the sun face it.
  const float tone = 0.80F + 0.36F * static_cast<float>(blade.tone) / 255;
  const float base = tone * (1 - 0.16F * Along(figure));
  const float left = 0.20F * Left(figure);
  const uint32_t key = tint.key ^ (blade.angle * 0x9e3779b1U);
  const float drops_along = figure.length / 0.0016F, drops_across = figure.half / 0.0016F;
  const float veins = grass ? 3.0F : std::clamp(figure.length / 0.007F, 3.0F, 9.0F);
  const Colour pale = tint.leaf.To(Colour::Of(196, 206, 150), 0.42F);
  canvas_.Paint(figure, 0, [&](Texel& texel, const Spot& spot) {
    const float aside = std::abs(spot.across);
    float light = base * (1 + left * spot.across);
    light *= 0.80F + 0.20F * std::min(1.0F, spot.along * 4);  // the middle lies deep
    Colour colour = tint.leaf;
    if (stalk) {
      colour = pale;
    } else if (grass) {
      light *= 0.94F + 0.12F * Zigzag(aside * veins);
      if (aside < 0.16F) colour = colour.To(pale, 0.45F);
    } else {
      light *= 0.95F + 0.10F * Zigzag(spot.along * veins + (1 - aside) * 1.2F);
      if (aside < 0.10F) colour = colour.To(pale, 0.50F);
      if (aside > 0.80F) light *= 0.90F;
    }
    light *= 0.93F + 0.14F * Fleck(key, static_cast<int>(spot.along * drops_along * 0.6F),
                                   static_cast<int>((spot.across + 1) * drops_across * 0.6F));
    colour = colour * light;
    if (tint.dew > 0) {
      const float at = spot.along * drops_along;
      const float to = (spot.across + 1) * drops_across;
      const float chance = Fleck(key + 1, static_cast<int>(at), static_cast<int>(to));
      // A drop shines on one side and the film around it greys the leaf.
      if (chance < 0.10F * tint.dew) {
        colour = colour.To(Colour::Of(250, 252, 255), 0.35F + 4 * chance);
      } else {
        colour = colour.To(Colour::Of(176, 188, 190), 0.16F * tint.dew);
      }
    }
    Blend(texel, colour, spot.cover);
    if (spot.cover >= 0.5F) texel.mask = tint.mask;
  });
}

void Painter::Straw(const PlacedBlade& figure, const Blade& blade, uint8_t age) {
  constexpr Colour kYellow = Colour::Of(222, 192, 128);
  constexpr Colour kGrey = Colour::Of(150, 140, 124);
  constexpr Colour kGreen = Colour::Of(146, 152, 88);
  const float share = static_cast<float>(age) / 240;
  const Colour straw = age >= 240 ? kGreen : kYellow.To(kGrey, share);
  const float tone = 0.48F + 0.56F * static_cast<float>(blade.tone) / 255;
  const float left = 0.26F * Left(figure);
  const uint32_t key = static_cast<uint32_t>(blade.angle) * 0x9e3779b1U + blade.tone;
  const float pieces = figure.length / 0.004F;
  canvas_.Paint(figure, 0, [&](Texel& texel, const Spot& spot) {
    const float round = 1 - 0.30F * spot.across * spot.across + left * spot.across;
    const float fleck = 0.90F + 0.2F * Fleck(key, static_cast<int>(spot.along * pieces),
                                             static_cast<int>((spot.across + 1) * 2));
    Blend(texel, straw * (tone * round * fleck), spot.cover);
  });
}

void Painter::Stone(const PlacedBlade& figure, const Blade& blade, uint8_t age) {
  constexpr Colour kWarm = Colour::Of(176, 158, 136);
  constexpr Colour kCool = Colour::Of(158, 156, 152);
  Round(figure, blade, kWarm.To(kCool, static_cast<float>(age) / 255));
}

void Painter::Round(const PlacedBlade& figure, const Blade& blade, const Colour& stone) {
  const float tone = 0.60F + 0.45F * static_cast<float>(blade.tone) / 255;
  const float along = 0.42F * Along(figure), left = 0.42F * Left(figure);
  const uint32_t key = static_cast<uint32_t>(blade.angle) * 0x85ebca77U + blade.tone;
  const float grains = figure.length / 0.0025F;
  canvas_.Paint(figure, 0, [&](Texel& texel, const Spot& spot) {
    const float t = 2 * spot.along - 1;
    const float round = 1 + along * t + left * spot.across;
    const float fleck = 0.84F + 0.32F * Fleck(key, static_cast<int>(spot.along * grains),
                                              static_cast<int>((spot.across + 1) * grains / 2));
    Blend(texel, stone * (tone * round * fleck), spot.cover);
  });
}

}  // namespace furrow::edge
