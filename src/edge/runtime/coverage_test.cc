// SPDX-License-Identifier: Apache-2.0
#include "edge/runtime/coverage.h"

#include <gtest/gtest.h>

#include "edge/boom/standard.h"

namespace furrow::edge {
namespace {

constexpr MicronsPerSecond kSpeed = 6 * kMetre;

Pose At(Nanos t) { return {t, kSpeed / 1000 * (t / kMillisecond), kSpeed, 0}; }

/// Drives for `seconds` with a frame every 100 ms, those of camera 0 only while `sound` says so.
std::vector<UnseenRecord> Driven(const Boom& boom, int seconds, const auto& sound,
                                 WhenUnseen unseen = WhenUnseen::kSpray) {
  Coverage coverage(boom, unseen);
  std::vector<UnseenRecord> holes;
  for (Nanos t = 0; t < seconds * kSecond; t += kMillisecond) {
    if (t % (100 * kMillisecond) == 0) {
      for (int camera = 0; camera < static_cast<int>(boom.cameras.size()); ++camera) {
        if (camera != 0 || sound(t)) coverage.OnFrame(camera, At(t));
      }
    }
    coverage.Check(At(t), [&](const UnseenRecord& hole) { holes.push_back(hole); });
  }
  return holes;
}

TEST(Coverage, WhatCamerasShowIsNoHole) {
  EXPECT_TRUE(Driven(StandardBoom(2), 5, [](Nanos) { return true; }).empty());
  // One frame lost: the others still show the ground.
  EXPECT_TRUE(Driven(StandardBoom(2), 5, [](Nanos t) { return t != 2 * kSecond; }).empty());
}

TEST(Coverage, ADeadCameraLeavesAHoleOfItsOwnFromThereOn) {
  const auto holes = Driven(StandardBoom(2), 5, [](Nanos t) { return t < 2 * kSecond; });
  ASSERT_FALSE(holes.empty());
  // The last frame, at 1.9 s and 11.4 m, shows the ground up to 2.47 m ahead.
  EXPECT_NEAR(static_cast<double>(holes.front().near), 13.87e6, 1e4);
  for (size_t i = 0; i < holes.size(); ++i) {
    EXPECT_EQ(holes[i].camera, 0);
    EXPECT_TRUE(holes[i].sprayed);
    EXPECT_NEAR(static_cast<double>(holes[i].right), -0.05e6, 1e4);
    EXPECT_NEAR(static_cast<double>(holes[i].left), 3.05e6, 1e4);
    if (i > 0) {
      EXPECT_EQ(holes[i].near, holes[i - 1].far) << "no gap between pieces";
    }
  }
  EXPECT_GT(holes.back().far, 5 * kSpeed) << "up to the nozzles and beyond";
}

TEST(Coverage, EndsWhenTheCameraIsBack) {
  const auto holes = Driven(
      StandardBoom(2), 5, [](Nanos t) { return t < 2 * kSecond || t >= 3 * kSecond; },
      WhenUnseen::kLeave);
  ASSERT_FALSE(holes.empty());
  EXPECT_FALSE(holes.back().sprayed);
  // The first frame that is back shows the ground from 18.53 m on; a piece may reach into it.
  EXPECT_LT(holes.back().far, 18'530'000 + 2 * Coverage::kPiece);
}

TEST(Coverage, IsDecidedEarlyEnoughForTheValve) {
  Coverage coverage(StandardBoom(1), WhenUnseen::kSpray);
  coverage.OnFrame(0, At(0));
  for (Nanos t = 0; t < kSecond; t += kMillisecond) {
    coverage.Check(At(t), [&](const UnseenRecord& hole) {
      // Bus, valve and fall take 51 ms: 0.306 m; margin and half the footprint 0.07 m.
      EXPECT_GE(hole.near, At(t).s + 376'000);
    });
  }
}

TEST(Coverage, IsDecidedEarlierByAHigherBoom) {
  const auto first = [](Microns lift) {
    Coverage coverage(StandardBoom(1), WhenUnseen::kSpray);
    std::vector<Nanos> holes;
    for (Nanos t = 0; t < kSecond && holes.empty(); t += kMillisecond) {
      Pose pose = At(t);
      pose.lift = lift;
      if (t == 0) coverage.OnFrame(0, pose);
      coverage.Check(pose, [&](const UnseenRecord&) { holes.push_back(t); });
    }
    return holes.at(0);
  };
  EXPECT_NEAR(first(250'000), first(0) - 20 * kMillisecond, kMillisecond);
}

TEST(Coverage, ACameraThatSeesTheHorizonShowsTheGroundNearby) {
  Boom boom = StandardBoom(1);
  boom.cameras[0].pitch = 0.6;
  const auto holes = Driven(boom, 4, [](Nanos t) { return t < 1 * kSecond; });
  ASSERT_FALSE(holes.empty());
  EXPECT_LT(holes.front().near, 5'400'000 + 5 * kMetre + 1);
}

TEST(Coverage, StandingStillNothingIsDecided) {
  Coverage coverage(StandardBoom(1), WhenUnseen::kSpray);
  for (Nanos t = 0; t < kSecond; t += kMillisecond) {
    coverage.Check({t, 0, 0, 0}, [](const UnseenRecord&) { ADD_FAILURE(); });
  }
}

}  // namespace
}  // namespace furrow::edge
