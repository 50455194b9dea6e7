// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/threshold.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

constexpr int kPixels = 200'000;

/// Adds a bell of excess green.
void Add(Histogram& counts, double share, double mean, double deviation) {
  std::mt19937 random(3);
  std::normal_distribution<double> bell(mean, deviation);
  for (int i = 0; i < static_cast<int>(share * kPixels); ++i) {
    const int value = std::clamp(static_cast<int>(std::lround(bell(random))) + kExcessBias, 0, 255);
    ++counts[static_cast<size_t>(value)];
  }
}

/// The threshold on unbiased excess green that a frame with this histogram gets.
int AdaptiveThreshold(Histogram counts) {
  const bool filled = FilledByPlants(counts);
  const int plants = filled ? 255 : PlantClass(counts);
  std::fill(counts.begin() + plants + 1, counts.end(), 0U);
  return AdaptiveThresholds(counts, counts, plants, filled).excess - kExcessBias;
}

/// The share of a bell's pixels that lies above a threshold.
double Above(int threshold, double mean, double deviation) {
  return 0.5 * std::erfc((threshold + 0.5 - mean) / deviation / std::sqrt(2.0));
}

TEST(Otsu, ByHand) {
  uint32_t counts[8] = {4, 0, 0, 0, 0, 0, 4, 0};
  EXPECT_EQ(Otsu(counts).threshold, 0);
  EXPECT_DOUBLE_EQ(Otsu(counts).separation, 1);
  uint32_t more[8] = {3, 2, 1, 0, 0, 1, 2, 3};
  EXPECT_EQ(Otsu(more).threshold, 2);
  EXPECT_GT(Otsu(more).separation, 0.9);
}

TEST(Otsu, OneValueOrNoneHasNoClasses) {
  uint32_t counts[4] = {0, 9, 0, 0};
  EXPECT_EQ(Otsu(counts).separation, 0);
  uint32_t none[4] = {};
  EXPECT_EQ(Otsu(none).separation, 0);
}

TEST(Otsu, OneBellCutInHalf) {
  Histogram counts = {};
  Add(counts, 1, 60, 20);
  EXPECT_NEAR(Otsu(counts).separation, 0.637, 0.02);
}

TEST(Otsu, TheLargestCountsFit) {
  uint32_t counts[256] = {};
  counts[0] = counts[255] = 1U << 24;
  EXPECT_DOUBLE_EQ(Otsu(counts).separation, 1);
}

TEST(Adaptive, TwoClearClasses) {
  Histogram counts = {};
  Add(counts, 0.8, -10, 6);
  Add(counts, 0.2, 80, 20);
  const int threshold = AdaptiveThreshold(counts);
  EXPECT_LT(Above(threshold, -10, 6), 1e-4);
  EXPECT_GT(Above(threshold, 80, 20), 0.95);
}

TEST(Adaptive, GroundAloneYieldsNothing) {
  // Reddish, grey and rather green ground, under cameras from quiet to noisy; softening leaves
  // 0.375 of the noise of a pixel.
  for (const double mean : {-40.0, -15.0, 0.0, 10.0}) {
    for (const double deviation : {0.75, 2.2, 4.5, 7.5}) {
      Histogram counts = {};
      Add(counts, 1, mean, deviation);
      EXPECT_LT(Above(AdaptiveThreshold(counts), mean, deviation), 0.004)
          << mean << " " << deviation;
    }
  }
}

TEST(Adaptive, FewPlantsAreFound) {
  for (const double share : {0.0001, 0.001, 0.01, 0.05}) {
    for (const double mean : {-40.0, -15.0, 0.0}) {
      Histogram counts = {};
      Add(counts, 1 - share, mean, 8);
      Add(counts, share, 80, 20);
      const int threshold = AdaptiveThreshold(counts);
      EXPECT_LT(Above(threshold, mean, 8), 0.004) << share << " " << mean;
      EXPECT_GT(Above(threshold, 80, 20), 0.9) << share << " " << mean;
    }
  }
}

TEST(Adaptive, MostlyPlantAndNothingElse) {
  Histogram most = {};
  Add(most, 0.1, -10, 6);
  Add(most, 0.9, 80, 20);
  EXPECT_GT(Above(AdaptiveThreshold(most), 80, 20), 0.95);
  Histogram all = {};
  Add(all, 1, 80, 20);
  EXPECT_GT(Above(AdaptiveThreshold(all), 80, 20), 0.95);
}

TEST(Adaptive, LightAndShadeOfAFullCanopyAreNoTwoClasses) {
  Histogram counts = {};
  Add(counts, 0.5, 45, 8);
  Add(counts, 0.5, 120, 15);
  EXPECT_GT(Above(AdaptiveThreshold(counts), 45, 8), 0.99);
}

TEST(Adaptive, NothingSeenIsNoPlant) {
  EXPECT_EQ(AdaptiveThresholds({}, {}, 255, false), (PlantThresholds{}));
  EXPECT_FALSE(FilledByPlants({}));
  Histogram black = {};
  black[kExcessBias] = 1000;
  EXPECT_GT(AdaptiveThreshold(black), 0);
}

TEST(Adaptive, GreenOverRedHasItsOwnReach) {
  Histogram excess = {}, over_red = {};
  Add(excess, 1, 0, 4);
  Add(over_red, 1, -30, 6);
  const PlantThresholds found = AdaptiveThresholds(excess, over_red, 255, false);
  EXPECT_NEAR(found.excess - kExcessBias, 20, 1);
  EXPECT_NEAR(found.excess_strong - kExcessBias, 36, 1);
  EXPECT_NEAR(found.over_red - kExcessBias, -6, 1);
  EXPECT_NEAR(found.over_red_strong - kExcessBias, 9, 1);
  // A canopy leaves no ground to compare with: excess green alone decides.
  EXPECT_EQ(AdaptiveThresholds(excess, over_red, 255, true),
            (PlantThresholds{20 + kExcessBias, 20 + kExcessBias, 0, 0}));
}

TEST(Adaptive, GreyIsNoPlantOnRedSoil) {
  Histogram counts = {};
  Add(counts, 1, -40, 2);
  EXPECT_GE(AdaptiveThreshold(counts), 8);
}

TEST(Reach, MedianAndFiveDeviationsWhateverTheFewPlantsAre) {
  for (const double plants : {0.0, 0.02}) {
    Histogram counts = {};
    Add(counts, 1 - plants, 10, 6);
    Add(counts, plants, 120, 10);
    EXPECT_NEAR(ReachOfGround(counts, 50) / 16.0 - kExcessBias, 40, 1.5) << plants;
  }
  // Between two values of an index: quartiles are interpolated.
  Histogram narrow = {};
  narrow[100] = 500;
  narrow[101] = 500;
  EXPECT_EQ(ReachOfGround(narrow, 50), 16 * 100 + 8 + 59);
  EXPECT_EQ(ReachOfGround({}, 50), 16 * 255);
}

}  // namespace
}  // namespace furrow::edge
