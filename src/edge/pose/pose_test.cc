// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/pose.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

Pose At6(Nanos t) { return {t, 6 * t / 1000, 6 * kMetre, 0}; }

TEST(Pose, OuterNozzlesAreFasterInATurn) {
  const Pose turn{0, 0, 6 * kMetre, 50'000'000};  // 0.05 rad/s to the left
  EXPECT_EQ(turn.SpeedAt(18 * kMetre), 5'100'000);
  EXPECT_EQ(turn.SpeedAt(-18 * kMetre), 6'900'000);
}

TEST(Pose, BetweenSamplesByStraightLines) {
  PoseHistory history;
  EXPECT_FALSE(history.At(0));
  ASSERT_TRUE(history.Add({kSecond, 10 * kMetre, 2 * kMetre, 0}));
  ASSERT_TRUE(history.Add({2 * kSecond, 13 * kMetre, 4 * kMetre, 1000}));
  Pose between{1'500'000'000, 11'500'000, 3 * kMetre, 500};
  between.heading = 250;  // half of a second at 500 in the mean
  EXPECT_EQ(*history.At(1'500'000'000), between);
  EXPECT_FALSE(history.At(kSecond - 1));
}

TEST(Pose, AfterTheLastSampleItGoesOn) {
  PoseHistory history;
  history.Add(At6(kSecond));
  EXPECT_EQ(history.At(kSecond + 100 * kMillisecond)->s, 6'600'000);
  EXPECT_EQ(*history.Age(kSecond + 100), 100);
}

TEST(Pose, NothingIsKnownInALongGap) {
  PoseHistory history;
  history.Add(At6(kSecond));
  history.Add(At6(2 * kSecond));
  history.Add(At6(3 * kSecond + 1));
  EXPECT_TRUE(history.At(1'500'000'000));
  EXPECT_FALSE(history.At(2'500'000'000));
}

TEST(Pose, ItTurnsByItsYawRates) {
  PoseHistory history;
  history.Add({kSecond, 0, 2 * kMetre, 100'000'000});
  history.Add({2 * kSecond, 2 * kMetre, 2 * kMetre, 300'000'000});
  EXPECT_EQ(history.At(2 * kSecond)->heading, 200'000'000);
  EXPECT_EQ(history.At(3 * kSecond)->heading, 500'000'000);
  // A metre on it has turned for another half of a second.
  EXPECT_EQ(HeadingAt(history.newest(), 3 * kMetre), 350'000'000);
  EXPECT_EQ(HeadingAt({0, 0, 0, 100}, kMetre), 0);
}

TEST(Pose, ALateSampleIsRefused) {
  PoseHistory history;
  EXPECT_TRUE(history.Add(At6(kSecond)));
  EXPECT_FALSE(history.Add(At6(kSecond)));
  EXPECT_FALSE(history.Add(At6(kSecond - 1)));
}

TEST(Pose, TheOldestSamplesGo) {
  PoseHistory history;
  for (int i = 0; i < 3000; ++i) history.Add(At6(i * 10 * kMillisecond));
  EXPECT_EQ(history.At(25 * kSecond + 5 * kMillisecond)->s, 150'030'000);
  EXPECT_FALSE(history.At(10 * kSecond));
}

}  // namespace
}  // namespace furrow::edge
