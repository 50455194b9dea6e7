// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "edge/select/choose.h"
#include "edge/select/disagreement.h"

namespace furrow::edge {
namespace {

TEST(Disagreement, OnePlantCountsAmongAMillionPixels) {
  const auto nowhere = [](int, int) { return false; };
  EXPECT_EQ(Disagreement(1000, 1000, nowhere), 0);
  // One cell of eight.
  const auto plant = [](int x, int y) { return x >= 320 && x < 352 && y >= 640 && y < 672; };
  EXPECT_DOUBLE_EQ(Disagreement(1000, 1000, plant), 1.0 / 8);
  const auto everywhere = [](int, int) { return true; };
  EXPECT_DOUBLE_EQ(Disagreement(1024, 1024, everywhere), 1);
}

TEST(Disagreement, ASliverAtTheBorderIsNoWholeCell) {
  const auto last_column = [](int x, int) { return x == 64; };
  EXPECT_DOUBLE_EQ(Disagreement(65, 32, last_column, 32, 1), 1.0 / 32);
  EXPECT_EQ(Disagreement(0, 0, last_column), 0);
}

Candidate At(double score, Microns s, int colour, size_t bytes = 100, int camera = 0) {
  Candidate one{score, camera, s, {}, bytes};
  one.look[static_cast<size_t>(colour)] = 1;
  return one;
}

TEST(Choose, TheMostDisagreedOnComesFirst) {
  const std::vector<Candidate> all{At(0.1, 0, 1), At(0.5, 10 * kMetre, 2), At(0.3, 20 * kMetre, 3)};
  EXPECT_EQ(Choose(all, {.budget = 1000}), (std::vector<size_t>{1, 2, 0}));
}

TEST(Choose, TheSameGroundIsTakenOnce) {
  const std::vector<Candidate> all{At(0.5, 0, 1), At(0.4, kMetre, 2), At(0.3, kMetre, 3, 100, 1)};
  EXPECT_EQ(Choose(all, {.budget = 1000}), (std::vector<size_t>{0, 2})) << "two cameras differ";
}

TEST(Choose, WhatLooksLikeOneThatIsTakenWaits) {
  const std::vector<Candidate> all{At(0.5, 0, 1), At(0.49, 10 * kMetre, 1),
                                   At(0.3, 20 * kMetre, 2)};
  EXPECT_EQ(Choose(all, {.budget = 1000}), (std::vector<size_t>{0, 2, 1}));
}

TEST(Choose, TheBudgetHoldsAndIsFilledWithWhatFits) {
  const std::vector<Candidate> all{At(0.5, 0, 1, 600), At(0.4, 10 * kMetre, 2, 600),
                                   At(0.3, 20 * kMetre, 3, 300)};
  EXPECT_EQ(Choose(all, {.budget = 1000}), (std::vector<size_t>{0, 2}));
  EXPECT_TRUE(Choose(all, {.budget = 200}).empty());
}

TEST(Choose, WhereAllAgreeNothingIsSent) {
  EXPECT_TRUE(Choose(std::vector<Candidate>{At(0, 0, 1), At(0, 1, 2)}, {.budget = 1000}).empty());
}

TEST(Look, IsTheSharesOfColours) {
  Image image = MakeImage(2, 1, 3);
  image.pixels = {0, 0, 0, 255, 255, 255};
  const Look look = LookOf(image);
  EXPECT_FLOAT_EQ(look[0], 0.5);
  EXPECT_FLOAT_EQ(look[63], 0.5);
  EXPECT_DOUBLE_EQ(Likeness(look, look), 1);
}

}  // namespace
}  // namespace furrow::edge
