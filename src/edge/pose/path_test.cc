// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/path.h"

#include <cmath>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

TEST(MeetingPoint, StraightAheadIsStraightAhead) {
  const Pose pose{0, 10 * kMetre, 6 * kMetre, 0};
  const auto point = MeetingPoint(pose, 1.5, -3.25);
  ASSERT_TRUE(point);
  EXPECT_EQ(point->x, 11'500'000);
  EXPECT_EQ(point->y, -3'250'000);
}

/// Drives the circle in small steps until the point lies beside the nozzle line.
TEST(MeetingPoint, OnACircleItIsWhereTheLineArrives) {
  for (const double yaw_rate : {0.05, -0.05, 0.3, -0.3}) {
    for (const double y : {-3.0, 0.0, 3.0}) {
      const double v = 2, x = 1.5;
      const Pose pose{0, 0, ToMillionths(v), ToBillionths(yaw_rate)};
      const auto point = MeetingPoint(pose, x, y);
      ASSERT_TRUE(point);
      double t = 0, ahead = x, aside = y;
      while (ahead > 0) {
        t += 1e-6;
        const double turned = yaw_rate * t, radius = v / yaw_rate;
        const double dx = x - radius * std::sin(turned), dy = y - radius * (1 - std::cos(turned));
        ahead = dx * std::cos(turned) + dy * std::sin(turned);
        aside = -dx * std::sin(turned) + dy * std::cos(turned);
      }
      EXPECT_NEAR(FromMillionths(point->x), v * t, 2e-5) << yaw_rate << " " << y;
      EXPECT_NEAR(FromMillionths(point->y), aside, 2e-5) << yaw_rate << " " << y;
    }
  }
}

TEST(MeetingPoint, WhatLiesRoundTheCornerIsNotMet) {
  EXPECT_FALSE(MeetingPoint({0, 0, kMetre, 2'000'000'000}, 1.5, 0));
  EXPECT_FALSE(MeetingPoint({0, 0, kMetre, 1'000'000'000}, 0.1, 1.2));
  EXPECT_TRUE(MeetingPoint({0, 0, 0, 1'000'000'000}, 0.1, 1.2));
}

}  // namespace
}  // namespace furrow::edge
