// SPDX-License-Identifier: Apache-2.0
#include "convert/statistics.h"

#include <cmath>

#include <gtest/gtest.h>

namespace furrow::convert {
namespace {

TEST(WilsonShare, AgreesWithPublishedValues) {
  // Newcombe 1998, Statist. Med. 17, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
  const struct {
    uint64_t hits, all;
    double low, high;
  } rows[] = {{81, 263, 0.2553, 0.3662},
              {15, 148, 0.0624, 0.1605},
              {0, 20, 0, 0.1611},
              {1, 29, 0.0061, 0.1718}};
  for (const auto& row : rows) {
    const Interval share = WilsonShare(row.hits, row.all);
    EXPECT_NEAR(share.low, row.low, 1e-4);
    EXPECT_NEAR(share.high, row.high, 1e-4);
  }
  EXPECT_EQ(WilsonShare(0, 0), (Interval{0, 0, 1}));
  EXPECT_EQ(WilsonShare(5, 5).high, 1);
}

TEST(BootstrapRatio, HoldsTheRatioAndIsTheSameAgain) {
  std::vector<double> numbers, weights;
  for (int i = 0; i < 200; ++i) {
    numbers.push_back(i % 4 == 0 ? 1 : 0);
    weights.push_back(1);
  }
  const Interval quarter = BootstrapRatio(numbers, weights);
  EXPECT_DOUBLE_EQ(quarter.value, 0.25);
  // Of 200 independent draws the standard deviation is sqrt(0.25 * 0.75 / 200) = 0.0306.
  EXPECT_NEAR(quarter.low, 0.25 - 1.96 * 0.0306, 0.01);
  EXPECT_NEAR(quarter.high, 0.25 + 1.96 * 0.0306, 0.01);
  EXPECT_EQ(BootstrapRatio(numbers, weights), quarter);
  EXPECT_EQ(BootstrapRatio({}, {}), Interval());
  const std::vector<double> zeros(5, 0);
  EXPECT_EQ(BootstrapRatio(zeros, zeros), Interval());
}

TEST(Quantile, IsTheNearestRank) {
  const std::vector<double> sorted = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(Quantile(sorted, 0), 1);
  EXPECT_EQ(Quantile(sorted, 0.5), 5);
  EXPECT_EQ(Quantile(sorted, 0.99), 10);
  EXPECT_EQ(Quantile({}, 0.5), 0);
}

TEST(LogHistogram, IsGoodToAPercent) {
  LogHistogram histogram;
  for (int i = 1; i <= 10'000; ++i) histogram.Add(i * 1e-4);
  EXPECT_NEAR(histogram.Quantile(0.99), 0.99, 0.0105);
  EXPECT_GE(histogram.Quantile(0.99), 0.99);
  EXPECT_NEAR(histogram.Quantile(0.5), 0.5, 0.0055);
  EXPECT_EQ(histogram.Quantile(1), 1);
  EXPECT_NEAR(histogram.sum(), 5000.5 * 10'000 * 1e-4, 1e-6);
  LogHistogram zeros;
  for (int i = 0; i < 100; ++i) zeros.Add(0);
  EXPECT_EQ(zeros.Quantile(0.99), 0);
  EXPECT_EQ(LogHistogram().Quantile(0.99), 0);
}

TEST(Iou, CountsBothJudges) {
  Confusion pixels{};
  pixels[2] = {10, 0, 30};
  pixels[0] = {900, 0, 60};
  EXPECT_DOUBLE_EQ(Iou(pixels, 2, 1), 30.0 / 100);
  EXPECT_TRUE(std::isnan(Iou(pixels, 1, 1))) << "neither has any";
  EXPECT_TRUE(std::isnan(Iou(pixels, 2, 91)));
  EXPECT_DOUBLE_EQ(Iou(pixels, 2, 90), 0.3) << "one of both has ninety";
}

}  // namespace
}  // namespace furrow::convert
