// SPDX-License-Identifier: Apache-2.0
#include "domain/downsample.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace furrow::domain {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

TEST(BucketWidth, IsOneBelowTheSamples) {
  EXPECT_EQ(BucketWidth({0, 1'000'000, 1999}, 2000), 1);
  EXPECT_EQ(BucketWidth({0, 1'999, 2000}, 2000), 1);
}

TEST(BucketWidth, IsTheExtentOverTheSamplesRoundedUp) {
  EXPECT_EQ(BucketWidth({0, 3'999, 2000}, 2000), 2);  // 4000 / 2000
  EXPECT_EQ(BucketWidth({0, 4'000, 2000}, 2000), 3);  // 4001 / 2000, rounded up
  EXPECT_EQ(BucketWidth({-10, 9, 20}, 10), 2);
  EXPECT_EQ(BucketWidth({5, 5, 7}, 3), 1);
}

TEST(BucketWidth, SurvivesTheWholeRange) {
  EXPECT_EQ(BucketWidth({kMin, kMax, 10}, 1), kMax);
  EXPECT_EQ(BucketWidth({kMin, kMax, 10}, 4), int64_t{1} << 62);
}

TEST(SharedWidths, CurvesWithinTenPercentUseTheLargestWidth) {
  const CurveExtent curves[] = {{0, 99, 100}, {0, 1099, 1100}, {0, 999, 1000}, {0, 1199, 1200}};
  // Alone 10, 110, 100, 120: 110 is within 10 % of 100, 120 is not.
  EXPECT_EQ(SharedWidths(curves, 10), (std::vector<int64_t>{10, 110, 110, 120}));
}

TEST(SharedWidths, AGroupHoldsFiftyCurves) {
  std::vector<CurveExtent> curves(50, CurveExtent{0, 999, 1000});
  curves.push_back({0, 1099, 1000});
  const auto widths = SharedWidths(curves, 10);
  EXPECT_EQ(widths[0], 100);
  EXPECT_EQ(widths[50], 110);
  curves.erase(curves.begin());
  EXPECT_EQ(SharedWidths(curves, 10), std::vector<int64_t>(50, 110));
}

TEST(SharedWidths, AGroupHoldsSixThousandBuckets) {
  // Three curves of 2,000 buckets fill a group.
  std::vector<CurveExtent> curves(3, CurveExtent{0, 199'999, 200'000});
  curves.push_back({0, 201'999, 202'000});
  EXPECT_EQ(SharedWidths(curves, 2000), (std::vector<int64_t>{100, 100, 100, 101}));
  curves.erase(curves.begin());
  EXPECT_EQ(SharedWidths(curves, 2000), (std::vector<int64_t>{101, 101, 101}));
}

TEST(SharedWidths, AShortCurveKeepsEveryPoint) {
  const CurveExtent curves[] = {{0, 9, 10}, {0, 1'999'999, 2'000'000}};
  EXPECT_EQ(SharedWidths(curves, 2000), (std::vector<int64_t>{1, 1000}));
}

TEST(Downsample, WidthOneGivesThePointsThemselves) {
  const int64_t x[] = {-3, 0, 7};
  const double y[] = {1.5, 0.1, 2};
  const Curve c = Downsample(x, y, 1);
  EXPECT_EQ(c.x, (std::vector<int64_t>{-3, 0, 7}));
  EXPECT_EQ(c.y, (std::vector<double>{1.5, 0.1, 2}));
}

TEST(Downsample, AveragesWithinABucketAndOmitsEmptyOnes) {
  const int64_t x[] = {0, 1, 2, 3, 40, 41};
  const double y[] = {1, 3, 10, 20, 5, 6};
  const Curve c = Downsample(x, y, 2);
  EXPECT_EQ(c.x, (std::vector<int64_t>{0, 2, 40}));
  EXPECT_EQ(c.y, (std::vector<double>{2, 15, 5.5}));
}

TEST(Downsample, FloorsNegativeXDownwards) {
  const int64_t x[] = {-5, -1, 0};
  const double y[] = {2, 4, 9};
  const Curve c = Downsample(x, y, 4);
  EXPECT_EQ(c.x, (std::vector<int64_t>{-8, -4, 0}));
  EXPECT_EQ(c.y, (std::vector<double>{2, 4, 9}));
}

TEST(Downsample, TakesPointsInAnyOrder) {
  const int64_t x[] = {10, 2, 11, 3};
  const double y[] = {1, 5, 3, 7};
  const Curve c = Downsample(x, y, 2);
  EXPECT_EQ(c.x, (std::vector<int64_t>{2, 10}));
  EXPECT_EQ(c.y, (std::vector<double>{6, 2}));
}

TEST(Downsample, KeepsWhatIsNoNumberVisible) {
  const int64_t x[] = {0, 1, 2};
  const double y[] = {1, std::nan(""), 4};
  const Curve c = Downsample(x, y, 2);
  EXPECT_TRUE(std::isnan(c.y[0]));
  EXPECT_EQ(c.y[1], 4);
}

TEST(Downsample, PiecesGiveWhatTheWholeGives) {
  std::vector<int64_t> x;
  std::vector<double> y;
  for (int64_t i = -50; i < 200; ++i) {
    if (i % 7 == 3) continue;
    x.push_back(i * 3);
    y.push_back(0.1 * static_cast<double>(i));
  }
  for (const int64_t width : {1, 2, 10, 64, 1000}) {
    const Curve whole = Downsample(x, y, width);
    for (const size_t piece : {1u, 5u, 33u}) {
      Downsampler sampler(width);
      for (size_t at = 0; at < x.size(); at += piece) {
        const size_t n = std::min<size_t>(piece, x.size() - at);
        sampler.Add(std::span(x).subspan(at, n), std::span(y).subspan(at, n));
      }
      const Curve pieces = sampler.Take();
      EXPECT_EQ(pieces.x, whole.x) << width << ' ' << piece;
      EXPECT_EQ(pieces.y, whole.y) << width << ' ' << piece;
    }
  }
}

TEST(Downsample, StaysInRangeAtTheEnds) {
  const int64_t x[] = {kMin, kMax};
  const double y[] = {1, 2};
  const Curve c = Downsample(x, y, 1000);
  ASSERT_EQ(c.x.size(), 2u);
  EXPECT_EQ(c.x[0], kMin);
  EXPECT_LE(c.x[1], kMax);
  EXPECT_GT(c.x[1], kMax - 1000);
}

}  // namespace
}  // namespace furrow::domain
