// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/span_quantiles.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

// 1 ms at least, half below 2 ms, 99 % below 4 ms, at most 10 ms.
const std::vector<double> kShares{0, 0.5, 0.99, 1};
const std::vector<double> kSeconds{0.001, 0.002, 0.004, 0.010};

SpanQuantiles Made(double tail, const std::vector<double>& shares = kShares,
                   const std::vector<double>& seconds = kSeconds) {
  auto made = SpanQuantiles::Make(shares, seconds, tail);
  EXPECT_TRUE(made.ok()) << made.status().ToString();
  return *made;
}

TEST(SpanQuantiles, GoByStraightLines) {
  const SpanQuantiles spans = Made(1);
  EXPECT_EQ(spans.At(0), 1'000'000);
  EXPECT_EQ(spans.At(0.25), 1'500'000);
  EXPECT_EQ(spans.At(0.99), 4'000'000);
  EXPECT_EQ(spans.At(0.995), 7'000'000);
  EXPECT_EQ(spans.At(1), 10'000'000);
}

TEST(SpanQuantiles, ATailIsDoubledFromItsBeginningOn) {
  const SpanQuantiles spans = Made(2);
  EXPECT_EQ(spans.At(0.5), 2'000'000);
  EXPECT_EQ(spans.At(0.99), 4'000'000);
  EXPECT_EQ(spans.At(0.995), 10'000'000);
  EXPECT_EQ(spans.At(1), 16'000'000);
  // Also where no quantile was measured at its beginning.
  const SpanQuantiles coarse = Made(2, {0, 1}, {0, 0.1});
  EXPECT_EQ(coarse.At(0.99), 99'000'000);
  EXPECT_EQ(coarse.At(1), 101'000'000);
}

TEST(SpanQuantiles, DrawsAreDistributedAsTheTableSays) {
  const SpanQuantiles spans = Made(2);
  Draws draws(KeyOf(1, Purpose::kSensor, 0));
  std::vector<Nanos> drawn(200'000);
  for (Nanos& one : drawn) one = spans.Draw(draws);
  std::ranges::sort(drawn);
  for (const double share : {0.1, 0.5, 0.9, 0.99, 0.999}) {
    const auto at = static_cast<size_t>(share * static_cast<double>(drawn.size()));
    EXPECT_NEAR(static_cast<double>(drawn[at]), static_cast<double>(spans.At(share)), 3e5) << share;
  }
  EXPECT_GE(drawn.front(), 1'000'000);
  EXPECT_LE(drawn.back(), 16'000'000);
  Draws again(KeyOf(1, Purpose::kSensor, 0));
  EXPECT_TRUE(std::ranges::binary_search(drawn, spans.Draw(again)));
}

TEST(SpanQuantiles, NamesTheRowThatIsWrong) {
  const struct {
    std::vector<double> shares, seconds;
    double tail;
    const char* says;
  } kWrong[] = {
      {{0}, {0}, 1, "two quantiles or more"},
      {{0.1, 1}, {0, 1}, 1, "quantile 0: the first must be 0"},
      {{0, 0.9}, {0, 1}, 1, "quantile 1: the last must be 1"},
      {{0, 0.5, 0.5, 1}, {0, 1, 1, 1}, 1, "quantile 2: not above the one before"},
      {{0, 0.5, 1}, {0, 1, 0.5}, 1, "quantile 2: its span is less than that before"},
      {{0, 1}, {0, 11}, 1, "quantile 1: 11 s; a span lies between 0 and 10 s"},
      {{0, 1}, {-1, 1}, 1, "quantile 0: -1 s"},
      {{0, 1}, {0, 1}, -1, "a tail is multiplied by 0 to 1000"},
  };
  for (const auto& one : kWrong) {
    const auto made = SpanQuantiles::Make(one.shares, one.seconds, one.tail);
    ASSERT_FALSE(made.ok()) << one.says;
    EXPECT_NE(made.status().message().find(one.says), std::string::npos) << made.status().message();
  }
}

}  // namespace
}  // namespace furrow::edge
