// SPDX-License-Identifier: Apache-2.0
// The one figure that leaves, straws and stones are made of, flat on the ground: a strip along a
// bent midrib whose half width follows a profile. In whole micrometres, because the truth about a
// plant's size comes from it.
#pragma once

#include <array>
#include <cstdint>

#include "edge/boom/sine.h"
#include "edge/boom/units.h"

namespace furrow::edge {

/// 65536 to the full turn, from forward to the left.
using Angle = uint16_t;

/// How the half width goes from base to tip.
enum class Profile : uint8_t {
  kStrip,    // straw, stem
  kOval,     // cotyledon, stone
  kStalked,  // a stalk, then an oval
  kLance,    // widest near the base, pointed
  kGrass,    // even, pointed only near the tip
  kLobed,    // broad lobes and narrow waists
  kSpiny,    // small teeth
  kArrow,    // broad at the base, straight to the tip
  kLump,     // uneven: clods, stones
  kCount
};

/// How it is painted.
enum class Part : uint8_t { kLeaf, kGrassLeaf, kStalk, kStraw, kStone, kClod };

constexpr int kProfileNodes = 17;

/// The share of the half width, in 255ths, at each sixteenth of the length. Tips are blunt, so that
/// what is measured is also seen.
constexpr std::array<std::array<uint8_t, kProfileNodes>, static_cast<size_t>(Profile::kCount)>
    kProfiles = {{
        {230, 240, 250, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 250, 240, 230},
        {60, 124, 169, 199, 221, 237, 247, 253, 255, 253, 247, 237, 221, 199, 169, 124, 70},
        {44, 42, 40, 40, 48, 80, 135, 185, 222, 245, 255, 250, 232, 203, 165, 120, 75},
        {120, 190, 230, 250, 255, 250, 240, 228, 214, 199, 182, 164, 145, 124, 102, 78, 52},
        {205, 235, 250, 255, 255, 252, 248, 242, 234, 224, 213, 201, 189, 176, 162, 148, 134},
        {50, 46, 90, 130, 70, 120, 185, 105, 150, 225, 130, 185, 255, 235, 200, 150, 90},
        {70, 150, 110, 205, 150, 245, 175, 255, 180, 250, 170, 225, 150, 190, 115, 130, 60},
        {90, 225, 255, 236, 214, 196, 180, 166, 153, 141, 129, 117, 105, 93, 81, 69, 57},
        {95, 170, 185, 215, 250, 228, 222, 240, 255, 252, 226, 232, 200, 168, 178, 130, 75},
    }};

struct Blade {
  int32_t x = 0, y = 0;  // where it starts, from the plant's stem
  int32_t length = 0;    // along the chord from base to tip
  int32_t half_width = 0;
  int32_t sag = 0;   // of the midrib at half length, to the left of the chord
  int32_t rise = 0;  // above the ground, for its shadow alone
  Angle angle = 0;   // of the chord
  Profile profile = Profile::kOval;
  Part part = Part::kLeaf;
  uint8_t tone = 128;  // dark to light
};

namespace blade_internal {
constexpr std::array<int32_t, 257> kQuarter = [] {
  std::array<int32_t, 257> table{};
  for (int i = 0; i <= 256; ++i) {
    table[i] = static_cast<int32_t>(Sine(kPi / 2 * i / 256) * 32768 + 0.5);
  }
  return table;
}();
}  // namespace blade_internal

/// The sine in 32768ths.
constexpr int32_t SineOf(Angle angle) {
  const int quadrant = angle >> 14;
  int in = angle & 0x3fff;
  if ((quadrant & 1) != 0) in = 0x4000 - in;
  const int at = in >> 6;
  const int32_t low = blade_internal::kQuarter[at];
  const int32_t high = blade_internal::kQuarter[at < 256 ? at + 1 : 256];
  const int32_t value = low + (high - low) * (in & 63) / 64;
  return quadrant < 2 ? value : -value;
}

constexpr int32_t CosineOf(Angle angle) { return SineOf(static_cast<Angle>(angle + 0x4000)); }

/// An upright rectangle, empty until something is added.
struct Extent {
  int64_t x0 = INT64_MAX, x1 = INT64_MIN, y0 = INT64_MAX, y1 = INT64_MIN;

  constexpr void Add(int64_t x, int64_t y) {
    x0 = x < x0 ? x : x0;
    x1 = x > x1 ? x : x1;
    y0 = y < y0 ? y : y0;
    y1 = y > y1 ? y : y1;
  }

  /// Every corner of the blade's outline.
  constexpr void Add(const Blade& blade) {
    const int64_t c = CosineOf(blade.angle);
    const int64_t s = SineOf(blade.angle);
    const auto& profile = kProfiles[static_cast<size_t>(blade.profile)];
    for (int i = 0; i < kProfileNodes; ++i) {
      const int64_t along = int64_t{blade.length} * i / 16;
      const int64_t middle = int64_t{blade.sag} * i * (16 - i) / 64;
      const int64_t half = int64_t{blade.half_width} * profile[i] / 255;
      for (const int64_t across : {middle - half, middle + half}) {
        Add(blade.x + (along * c - across * s) / 32768, blade.y + (along * s + across * c) / 32768);
      }
    }
  }
};

}  // namespace furrow::edge
