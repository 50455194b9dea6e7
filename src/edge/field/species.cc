// SPDX-License-Identifier: Apache-2.0
#include "edge/field/species.h"

#include <array>
#include <string_view>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr Angle kGolden = 25033;  // 137.5 degrees, the angle from one leaf of a rosette to the next
constexpr Angle kHalfTurn = 32768;

// clang-format off
constexpr std::array<Species, 15> kSpecies = {{
    {"chickweed", Habit::kPairs, Profile::kStalked, true, false, 18,
     {{10, 22}, {20, 60}, {50, 130}}, {{2, 4}, {4, 8}, {8, 12}}, 46, 118, 158, 66},
    {"goosefoot", Habit::kRosette, Profile::kStalked, true, false, 18,
     {{12, 28}, {30, 80}, {70, 170}}, {{4, 5}, {5, 9}, {8, 13}}, 52, 122, 146, 94},
    {"shepherds-purse", Habit::kRosette, Profile::kLobed, true, false, 14,
     {{12, 25}, {30, 90}, {80, 180}}, {{4, 6}, {6, 10}, {9, 14}}, 34, 104, 140, 62},
    {"mayweed", Habit::kFeather, Profile::kLance, true, false, 12,
     {{12, 24}, {30, 70}, {60, 140}}, {{3, 4}, {4, 7}, {6, 9}}, 16, 96, 138, 60},
    {"cleavers", Habit::kStar, Profile::kLance, true, false, 10,
     {{12, 24}, {25, 60}, {50, 110}}, {{4, 6}, {6, 8}, {7, 9}}, 24, 100, 150, 70},
    {"foxtail", Habit::kTuft, Profile::kGrass, true, false, 18,
     {{14, 40}, {40, 110}, {90, 180}}, {{2, 3}, {4, 8}, {7, 13}}, 8, 112, 154, 62},
    {"brome", Habit::kTuft, Profile::kGrass, true, false, 10,
     {{14, 36}, {40, 100}, {90, 180}}, {{2, 3}, {5, 10}, {9, 16}}, 5, 96, 132, 60},
    {"speedwell", Habit::kPairs, Profile::kOval, true, false, 12,
     {{10, 20}, {20, 45}, {40, 90}}, {{2, 4}, {4, 8}, {6, 10}}, 62, 108, 144, 74},
    {"thistle", Habit::kRosette, Profile::kSpiny, true, true, 4,
     {{14, 30}, {40, 90}, {90, 180}}, {{4, 5}, {5, 8}, {7, 11}}, 36, 106, 136, 112},
    {"purslane", Habit::kPairs, Profile::kStalked, true, true, 3,
     {{10, 20}, {20, 60}, {50, 130}}, {{4, 6}, {6, 10}, {8, 14}}, 54, 124, 132, 74},
    {"bindweed", Habit::kRosette, Profile::kArrow, true, true, 3,
     {{12, 26}, {30, 70}, {60, 150}}, {{3, 4}, {4, 7}, {6, 10}}, 66, 78, 122, 76},
    {"maize", Habit::kTwoSided, Profile::kGrass, false, false, 1,
     {{70, 130}, {180, 320}, {380, 560}}, {{2, 3}, {4, 5}, {5, 7}}, 13, 112, 156, 60},
    {"beet", Habit::kRosette, Profile::kStalked, false, false, 1,
     {{25, 50}, {90, 170}, {240, 380}}, {{2, 4}, {6, 8}, {9, 14}}, 52, 88, 142, 62},
    {"soy", Habit::kThrees, Profile::kOval, false, false, 1,
     {{40, 70}, {110, 190}, {240, 360}}, {{2, 2}, {3, 4}, {5, 7}}, 62, 96, 148, 66},
    {"cereal", Habit::kTuft, Profile::kGrass, false, false, 1,
     {{40, 90}, {90, 170}, {150, 240}}, {{2, 3}, {4, 7}, {8, 13}}, 7, 92, 146, 64},
}};
// clang-format on

/// One plant in the making.
class Growth {
 public:
  Growth(const Species& species, Stage stage, uint64_t key, Angle heading, std::vector<Blade>& out)
      : species_(species), draws_(key), heading_(heading), out_(out) {
    const int* size = species.size_mm[static_cast<int>(stage)];
    const int* leaves = species.leaves[static_cast<int>(stage)];
    reach_ = static_cast<int32_t>(draws_.Between(size[0], size[1]) * 500);
    leaves_ = static_cast<int>(draws_.Between(leaves[0], leaves[1]));
    plain_ = stage == Stage::kSeedling;
  }

  void Rosette() {
    for (int i = 0; i < leaves_; ++i) {
      // Old leaves are the longest and lie lowest.
      const int32_t length = Part(reach_, 100 - 50 * i / leaves_, 12);
      Blade& leaf = Leaf(Turned(i * kGolden, 1800), length, species_.profile);
      leaf.rise = 2'000 + length * (10 + 20 * i / leaves_) / 100;
    }
  }

  void Pairs() {
    const int pairs = (leaves_ + 1) / 2;
    for (int i = 0; i < pairs; ++i) {
      const Angle angle = Turned(i * 16384 + i * 2500, 1500);
      const int32_t length = Part(reach_, 100 - 55 * i / pairs, 8);
      for (const Angle side : {Angle{0}, kHalfTurn}) {
        const auto to = static_cast<Angle>(angle + side + draws_.Between(-900, 900));
        // The first two leaves of any such plant are plain.
        const bool seed_leaf = plain_ && i == 0;
        Leaf(to, length * static_cast<int32_t>(draws_.Between(88, 104)) / 100,
             seed_leaf ? Profile::kStalked : species_.profile)
            .rise = 2'000 + length * (8 + 12 * i) / 100;
      }
    }
  }

  void Tuft() {
    for (int i = 0; i < leaves_; ++i) {
      const int32_t length = Part(reach_, static_cast<int>(draws_.Between(55, 100)), 8);
      Blade& leaf = Leaf(static_cast<Angle>(draws_.Next()), length, species_.profile);
      leaf.sag = length * static_cast<int32_t>(draws_.Between(-16, 16)) / 100;
      leaf.half_width = leaf.half_width < 900 ? 900 : leaf.half_width;
      leaf.rise = 4'000 + length * 30 / 100;
    }
  }

  void Star() {
    for (int ring = plain_ ? 1 : 0; ring < 2; ++ring) {
      const int32_t base = ring == 0 ? reach_ : reach_ * (plain_ ? 100 : 55) / 100;
      for (int i = 0; i < leaves_; ++i) {
        const auto angle = static_cast<Angle>(i * 65536 / leaves_ + ring * 4000);
        const int32_t length = Part(base, 100, 10);
        Leaf(Turned(angle, 1200), length, species_.profile).rise = 3'000 + 4'000 * ring;
      }
    }
  }

  void Feather() {
    for (int i = 0; i < leaves_; ++i) {
      const int32_t length = Part(reach_, 100 - 40 * i / leaves_, 12);
      Blade rib = Leaf(Turned(i * kGolden, 2000), length, Profile::kStrip);
      rib.sag = 0;
      rib.half_width = length < 30'000 ? 700 : 900;
      rib.rise = 5'000 + length / 5;
      out_.back() = rib;
      const int64_t c = CosineOf(rib.angle);
      const int64_t s = SineOf(rib.angle);
      for (int at = 3; at <= 8; ++at) {
        for (const int turn : {-8500, 8500}) {
          Blade side = rib;
          const int64_t along = int64_t{length} * at / 10;
          side.x = static_cast<int32_t>(along * c / 32768);
          side.y = static_cast<int32_t>(along * s / 32768);
          side.angle = static_cast<Angle>(rib.angle + turn + draws_.Between(-1200, 1200));
          side.length = Part(length * (at < 6 ? 30 : 54 - 4 * at) / 100, 100, 15);
          side.profile = species_.profile;
          out_.push_back(side);
        }
      }
    }
  }

  void TwoSided() {
    for (int i = 0; i < leaves_; ++i) {
      const Angle side = (i & 1) != 0 ? kHalfTurn : Angle{0};
      const bool first = i == 0;  // the round-tipped one near the ground
      const int32_t length = Part(reach_, first ? 45 : 100 - 30 * i / leaves_, 10);
      Blade& leaf = Leaf(Turned(side, 4500), length, first ? Profile::kOval : species_.profile);
      leaf.part = edge::Part::kGrassLeaf;
      leaf.sag = length * static_cast<int32_t>(draws_.Between(-18, 18)) / 100;
      leaf.rise = 10'000 + length * (15 + 8 * i) / 100;
    }
  }

  void Threes() {
    Pairs2();
    for (int i = 0; i < (plain_ ? 0 : leaves_); ++i) {
      const int32_t whole = Part(reach_, 100 - 40 * i / leaves_, 10);
      const Angle angle = Turned(i * kGolden, 2500);
      Blade stalk = Leaf(angle, whole * 45 / 100, Profile::kStrip);
      stalk.part = edge::Part::kStalk;
      stalk.half_width = 1'000;
      stalk.sag = 0;
      stalk.rise = 15'000 + 8'000 * i;
      out_.back() = stalk;
      const auto tip_x = static_cast<int32_t>(int64_t{stalk.length} * CosineOf(angle) / 32768);
      const auto tip_y = static_cast<int32_t>(int64_t{stalk.length} * SineOf(angle) / 32768);
      for (const int turn : {-15000, 15000, 0}) {
        const int32_t length = whole * (turn == 0 ? 55 : 44) / 100;
        Blade& leaf = Leaf(static_cast<Angle>(angle + turn), length, species_.profile);
        leaf.x = tip_x;
        leaf.y = tip_y;
        leaf.rise = stalk.rise + 4'000;
      }
    }
  }

 private:
  Angle Turned(int by, int jitter) {
    return static_cast<Angle>(heading_ + by + draws_.Between(-jitter, jitter));
  }

  /// `percent` of a length, at most `jitter` percent less.
  int32_t Part(int32_t length, int percent, int jitter) {
    const int64_t share = percent * (100 - draws_.Between(0, jitter));
    return static_cast<int32_t>(length * share / 10'000);
  }

  void Pairs2() {
    for (const Angle side : {Angle{0}, kHalfTurn}) {
      const int32_t length = plain_ ? reach_ : reach_ * 4 / 10;
      Leaf(Turned(side, 1500), length, Profile::kStalked).rise = 8'000;
    }
  }

  Blade& Leaf(Angle angle, int32_t length, Profile profile) {
    Blade leaf;
    leaf.angle = angle;
    leaf.length = length;
    leaf.half_width =
        static_cast<int32_t>(length * draws_.Between(90, 110) / 100 * species_.width_percent / 200);
    leaf.half_width = leaf.half_width < 800 ? 800 : leaf.half_width;
    leaf.sag = length * static_cast<int32_t>(draws_.Between(-6, 6)) / 100;
    leaf.profile = profile;
    leaf.part = species_.habit == Habit::kTuft ? edge::Part::kGrassLeaf : edge::Part::kLeaf;
    leaf.tone = static_cast<uint8_t>(draws_.Between(70, 190));
    out_.push_back(leaf);
    return out_.back();
  }

  const Species& species_;
  Draws draws_;
  Angle heading_;
  std::vector<Blade>& out_;
  int32_t reach_ = 0;
  int leaves_ = 0;
  bool plain_ = false;
};

}  // namespace

std::span<const Species> AllSpecies() { return kSpecies; }

int SpeciesNamed(const char* name) {
  for (size_t i = 0; i < kSpecies.size(); ++i) {
    if (std::string_view(kSpecies[i].name) == name) return static_cast<int>(i);
  }
  return -1;
}

void Grow(const Species& species, Stage stage, uint64_t key, Angle heading,
          std::vector<Blade>& out) {
  out.clear();
  Growth growth(species, stage, key, heading, out);
  switch (species.habit) {
    case Habit::kRosette:
      return growth.Rosette();
    case Habit::kPairs:
      return growth.Pairs();
    case Habit::kTuft:
      return growth.Tuft();
    case Habit::kStar:
      return growth.Star();
    case Habit::kFeather:
      return growth.Feather();
    case Habit::kTwoSided:
      return growth.TwoSided();
    case Habit::kThrees:
      return growth.Threes();
  }
}

}  // namespace furrow::edge
