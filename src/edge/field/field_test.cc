// SPDX-License-Identifier: Apache-2.0
#include "edge/field/field.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

std::vector<Plant> All(const Field& field, Microns x0, Microns x1) {
  std::vector<Plant> plants;
  field.PlantsIn(x0, x1, plants);
  return plants;
}

uint64_t Fold(const std::vector<Plant>& plants) {
  uint64_t folded = plants.size();
  for (const Plant& p : plants) {
    for (const int64_t part : {p.x, p.y, p.length, p.width, int64_t{p.species}, int64_t{p.weed},
                               int64_t{p.id}, int64_t{p.heading}}) {
      folded = Mix(folded + static_cast<uint64_t>(part));
    }
  }
  return folded;
}

TEST(Field, HasTheDensityAskedFor) {
  for (const double patchiness : {0.0, 0.5, 1.0}) {
    const Field field({.seed = 5, .width_m = 36.1, .weeds_per_m2 = 3, .patchiness = patchiness});
    const auto plants = All(field, 0, 1000 * kMetre);
    const double density = static_cast<double>(plants.size()) / (36.1 * 1000);
    EXPECT_NEAR(density, 3, patchiness == 0 ? 0.05 : 0.4);
  }
}

TEST(Field, PatchesHoldMoreThanTheRest) {
  const Field field({.seed = 5, .width_m = 40, .weeds_per_m2 = 2, .patchiness = 1});
  size_t in_patch = 0, all = 0;
  for (const Plant& plant : All(field, 0, 500 * kMetre)) {
    ++all;
    in_patch += field.PatchAt(plant.stem_x, plant.stem_y) > 65536 ? 1 : 0;
  }
  EXPECT_GT(in_patch * 10, all * 7);
}

TEST(Field, HoweverItIsCut) {
  const Field field({.seed = 11, .width_m = 12, .weeds_per_m2 = 8, .crop = Crop::kMaize});
  const auto whole = All(field, -3 * kMetre, 5 * kMetre);
  std::vector<Plant> parts;
  for (const auto& [from, to] : {std::pair{-3'000'000, -1'234'567},
                                 {-1'234'567, 1},
                                 {1, 1},
                                 {1, 2'000'000},
                                 {2'000'000, 5'000'000}}) {
    field.PlantsIn(from, to, parts);
  }
  ASSERT_GT(whole.size(), 500u);
  EXPECT_EQ(Fold(whole), Fold(parts));
}

TEST(Field, IsTheSameEverywhere) {
  const Field field(
      {.seed = 42, .width_m = 36, .weeds_per_m2 = 5, .unseen_share = 0.2, .crop = Crop::kBeet});
  EXPECT_EQ(Fold(All(field, 9'990 * kMetre, 10'000 * kMetre)), 7153322983777084683u);
}

TEST(Field, OrderedWithUniqueIdsAndSaneSizes) {
  for (int crop = 0; crop < kCrops; ++crop) {
    for (int stage = 0; stage < kStages; ++stage) {
      const Field field({.seed = 3,
                         .width_m = 6,
                         .weeds_per_m2 = 20,
                         .unseen_share = 0.3,
                         .stage = static_cast<Stage>(stage),
                         .crop = static_cast<Crop>(crop)});
      const auto plants = All(field, 0, 10 * kMetre);
      std::set<uint32_t> ids;
      for (size_t i = 0; i < plants.size(); ++i) {
        const Plant& plant = plants[i];
        EXPECT_TRUE(ids.insert(plant.id).second);
        if (i > 0) {
          EXPECT_LE(plants[i - 1].x, plant.x);
        }
        const Microns size = std::max(plant.length, plant.width);
        EXPECT_GE(size, 4'000);
        if (plant.weed) {
          EXPECT_LE(size, 200'000);
        }
        // The promise that PlantsIn's margin rests on.
        EXPECT_LE(std::abs(plant.x - plant.stem_x) + plant.length / 2, kPlantReach);
        EXPECT_LE(std::abs(plant.y - plant.stem_y) + plant.width / 2, kPlantReach);
        EXPECT_EQ(plant.weed, AllSpecies()[plant.species].weed);
      }
    }
  }
}

TEST(Field, CropStandsInRows) {
  const Field field({.seed = 3,
                     .width_m = 3,
                     .weeds_per_m2 = 0,
                     .crop = Crop::kBeet,
                     .row_m = 0.5,
                     .in_row_m = 0.2});
  const auto plants = All(field, 0, 20 * kMetre);
  EXPECT_NEAR(static_cast<double>(plants.size()), 6 * 100 * 0.96, 25);
  for (const Plant& plant : plants) {
    const Microns off = ((plant.stem_y + 10 * kMetre) % 500'000 + 500'000) % 500'000;
    EXPECT_NEAR(static_cast<double>(off), 250'000, 36'001);
  }
}

TEST(Field, UnseenOnlyWhenAskedFor) {
  const auto unseen = [](double share) {
    const Field field({.weeds_per_m2 = 5, .unseen_share = share});
    const auto plants = All(field, 0, 20 * kMetre);
    const auto count = std::ranges::count_if(
        plants, [](const Plant& plant) { return AllSpecies()[plant.species].unseen; });
    return static_cast<double>(count) / static_cast<double>(plants.size());
  };
  EXPECT_EQ(unseen(0), 0);
  EXPECT_NEAR(unseen(0.25), 0.25, 0.03);
  EXPECT_EQ(unseen(1), 1);
}

TEST(Field, OnlyNamedWeedsGrowAndEachAsOftenAsTheOthers) {
  const uint8_t thistle = *WeedNamed("thistle"), foxtail = *WeedNamed("foxtail");
  const Field field({.weeds_per_m2 = 5, .weeds = {thistle, foxtail}});
  std::vector<Plant> plants;
  field.PlantsIn(0, 20 * kMetre, plants);
  ASSERT_GT(plants.size(), 2000u);
  const auto of = [&](uint8_t species) {
    return std::ranges::count(plants, species, &Plant::species);
  };
  EXPECT_EQ(of(thistle) + of(foxtail), static_cast<int64_t>(plants.size()));
  EXPECT_NEAR(static_cast<double>(of(thistle)) / static_cast<double>(plants.size()), 0.5, 0.04);
}

TEST(Field, ACropIsNoWeedAndAListLeavesNoRoomForAShare) {
  EXPECT_NE(WeedNamed("maize").status().message().find("chickweed"), std::string::npos);
  EXPECT_FALSE(CheckField({.weeds = {static_cast<uint8_t>(SpeciesNamed("maize"))}}).ok());
  EXPECT_FALSE(CheckField({.unseen_share = 0.1, .weeds = {0}}).ok());
  EXPECT_TRUE(CheckField({.weeds = {0}}).ok());
}

TEST(Field, RefusesWhatItCannotMake) {
  EXPECT_TRUE(CheckField({}).ok());
  EXPECT_EQ(CheckField({.weeds_per_m2 = 101}).message(),
            "weeds_per_m2 is 101; it must lie between 0 and 100");
  EXPECT_EQ(SoilNamed("mud").status().message(),
            "there is no soil \"mud\"; there are: light dark wet stubble no-till");
  EXPECT_EQ(*CropNamed("soy"), Crop::kSoy);
}

}  // namespace
}  // namespace furrow::edge
