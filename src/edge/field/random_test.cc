// SPDX-License-Identifier: Apache-2.0
#include "edge/field/random.h"

#include <cmath>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

TEST(Random, IsTheSameEverywhere) {
  Draws draws(KeyOf(7, Purpose::kWeed, -3, 12));
  EXPECT_EQ(draws.Next(), 10913395496615466765u);
  EXPECT_EQ(draws.Between(-1000, 1000), -774);
  EXPECT_EQ(draws.Normal(1'000'000), 2'021'926);
  EXPECT_EQ(draws.Poisson(5 * 65536, 100), 6);
}

TEST(Random, KeysDiffer) {
  const uint64_t key = KeyOf(1, Purpose::kWeed, 5, 6);
  EXPECT_NE(key, KeyOf(2, Purpose::kWeed, 5, 6));
  EXPECT_NE(key, KeyOf(1, Purpose::kCrop, 5, 6));
  EXPECT_NE(key, KeyOf(1, Purpose::kWeed, 6, 5));
  EXPECT_NE(key, KeyOf(1, Purpose::kWeed, 5, -6));
}

TEST(Random, PoissonHasItsMeanAndSpread) {
  for (const double mean : {0.06, 0.7, 1.0, 4.25, 20.0}) {
    Draws draws(KeyOf(3, Purpose::kPatch, 1));
    constexpr int kCount = 200'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < kCount; ++i) {
      const int n = draws.Poisson(static_cast<int64_t>(mean * 65536), 1000);
      sum += n;
      squares += static_cast<double>(n) * n;
    }
    const double found = sum / kCount;
    const double error = 5 * std::sqrt(mean / kCount);
    EXPECT_NEAR(found, mean, error);
    EXPECT_NEAR(squares / kCount - found * found, mean, 0.03 * mean + 0.001);
  }
  Draws draws(1);
  EXPECT_EQ(draws.Poisson(0, 10), 0);
  EXPECT_EQ(draws.Poisson(60 * 65536, 10), 10);
}

TEST(Random, NormalHasItsDeviation) {
  Draws draws(9);
  constexpr int kCount = 200'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const auto n = static_cast<double>(draws.Normal(1000));
    sum += n;
    squares += n * n;
  }
  EXPECT_NEAR(sum / kCount, 0, 12);
  EXPECT_NEAR(std::sqrt(squares / kCount), 1000, 10);
}

TEST(Random, BelowReachesBothEnds) {
  Draws draws(4);
  int seen[3] = {};
  for (int i = 0; i < 3000; ++i) ++seen[draws.Below(3)];
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace furrow::edge
