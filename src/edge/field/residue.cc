// SPDX-License-Identifier: Apache-2.0
#include "edge/field/residue.h"

#include <algorithm>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr Microns kCell = 250'000;
constexpr Microns kReach = 280'000;     // of a straw from where it starts
constexpr Microns kStumpRow = 167'000;  // rows of the last cereal
constexpr Microns kStumpStep = 22'000;  // from stump to stump

struct Amount {
  int straws, stones, clods;  // a square metre
  int stumps;                 // percent of their places
  int length_mm[2];           // of a straw
  int age[2];
};

Amount AmountOf(Soil soil) {
  switch (soil) {
    case Soil::kLight:
      return {5, 36, 420, 0, {15, 70}, {40, 200}};
    case Soil::kDark:
      return {14, 14, 560, 0, {15, 90}, {90, 235}};
    case Soil::kWet:
      return {10, 16, 380, 0, {15, 80}, {120, 238}};
    case Soil::kStubble:
      return {190, 12, 260, 62, {20, 160}, {10, 150}};
    case Soil::kNoTill:
      return {1500, 5, 120, 25, {25, 240}, {20, 246}};
  }
  return {};
}

int64_t Cell(Microns place, Microns size) { return place / size - (place % size < 0 ? 1 : 0); }

void StrawsOf(const Amount& amount, Draws draws, Microns x, Microns y, std::vector<Litter>& out) {
  const int count = draws.Poisson(int64_t{amount.straws} * 65536 / 16, 400);
  for (int i = 0; i < count; ++i) {
    Litter one;
    one.x = x + draws.Below(kCell);
    one.y = y + draws.Below(kCell);
    Blade& blade = one.blade;
    // Most are broken short: the lesser of two draws.
    const int64_t length = std::min(draws.Between(amount.length_mm[0], amount.length_mm[1]),
                                    draws.Between(amount.length_mm[0], amount.length_mm[1]));
    blade.length = static_cast<int32_t>(length * 1000);
    blade.half_width = static_cast<int32_t>(draws.Between(500, 2'000));
    blade.sag = static_cast<int32_t>(length * draws.Between(-50, 50));
    blade.angle = static_cast<Angle>(draws.Next());
    blade.rise = static_cast<int32_t>(draws.Between(1'000, 7'000));
    const bool leaf = draws.Below(4) == 0;  // a dry leaf: wide, pointed
    blade.profile = leaf ? Profile::kGrass : Profile::kStrip;
    if (leaf) blade.half_width = blade.half_width * 2;
    blade.part = Part::kStraw;
    blade.tone = static_cast<uint8_t>(draws.Between(60, 255));
    one.age = static_cast<uint8_t>(draws.Between(amount.age[0], amount.age[1]));
    out.push_back(one);
  }
}

void StonesOf(const Amount& amount, Draws draws, Microns x, Microns y, std::vector<Litter>& out) {
  const int clods = draws.Poisson(int64_t{amount.clods} * 65536 / 16, 200);
  const int count = clods + draws.Poisson(int64_t{amount.stones} * 65536 / 16, 60);
  for (int i = 0; i < count; ++i) {
    const bool clod = i < clods;
    Litter one;
    one.x = x + draws.Below(kCell);
    one.y = y + draws.Below(kCell);
    Blade& blade = one.blade;
    // Large ones are rare: the least of three draws.
    const int64_t most = clod ? 30'000 : 55'000;
    blade.length = static_cast<int32_t>(std::min(
        {draws.Between(4'000, most), draws.Between(4'000, most), draws.Between(4'000, most)}));
    blade.half_width = static_cast<int32_t>(blade.length * draws.Between(30, 54) / 100);
    blade.sag = static_cast<int32_t>(blade.length * draws.Between(-16, 16) / 100);
    blade.angle = static_cast<Angle>(draws.Next());
    blade.rise = blade.length / 4;
    blade.profile = clod ? Profile::kLump : Profile::kOval;
    blade.part = clod ? Part::kClod : Part::kStone;
    blade.tone = static_cast<uint8_t>(draws.Below(256));
    one.age = static_cast<uint8_t>(draws.Below(256));
    out.push_back(one);
  }
}

void StumpsOf(const Amount& amount, uint64_t seed, Microns x, Microns y, std::vector<Litter>& out) {
  for (int64_t row = Cell(y + kStumpRow - 1, kStumpRow); row * kStumpRow < y + kCell; ++row) {
    for (int64_t at = Cell(x + kStumpStep - 1, kStumpStep); at * kStumpStep < x + kCell; ++at) {
      Draws draws(KeyOf(seed ^ 0x5a, Purpose::kResidue, at, row));
      if (draws.Below(100) >= amount.stumps) continue;
      Litter one;
      one.x = at * kStumpStep + draws.Between(-14'000, 14'000);
      one.y = row * kStumpRow + draws.Normal(9'000);
      Blade& blade = one.blade;
      // Seen from above a standing stump is short, and leans anywhere.
      blade.length = static_cast<int32_t>(draws.Between(6'000, 45'000));
      blade.half_width = static_cast<int32_t>(draws.Between(1'300, 2'600));
      blade.angle = static_cast<Angle>(draws.Next());
      blade.rise = static_cast<int32_t>(draws.Between(10'000, 60'000));
      blade.profile = Profile::kStrip;
      blade.part = Part::kStraw;
      blade.tone = static_cast<uint8_t>(draws.Between(110, 255));
      one.age = static_cast<uint8_t>(draws.Between(amount.age[0], amount.age[1]));
      out.push_back(one);
    }
  }
}

}  // namespace

void LitterIn(const FieldOptions& options, Microns x0, Microns x1, Microns y0, Microns y1,
              std::vector<Litter>& out) {
  const Amount amount = AmountOf(options.soil);
  for (int64_t i = Cell(x0 - kReach, kCell); i <= Cell(x1 + kReach, kCell); ++i) {
    for (int64_t j = Cell(y0 - kReach, kCell); j <= Cell(y1 + kReach, kCell); ++j) {
      const Microns x = i * kCell, y = j * kCell;
      StonesOf(amount, Draws(KeyOf(options.seed, Purpose::kStone, i, j)), x, y, out);
      if (amount.stumps > 0) StumpsOf(amount, options.seed, x, y, out);
      StrawsOf(amount, Draws(KeyOf(options.seed, Purpose::kResidue, i, j)), x, y, out);
    }
  }
}

}  // namespace furrow::edge
