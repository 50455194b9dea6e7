// SPDX-License-Identifier: Apache-2.0
#include "edge/track/tracker.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

class TrackerTest : public testing::Test {
 protected:
  /// The weeds that a look of a square at (x, y) millimetres changed.
  std::vector<GroundWeed> See(uint64_t frame, Microns x_mm, Microns y_mm, Microns size_mm = 50,
                              bool cut = false) {
    std::vector<GroundWeed> changed;
    tracker_.See(
        frame, 0,
        {x_mm * 1000, (x_mm + size_mm) * 1000, y_mm * 1000, (y_mm + size_mm) * 1000, 0, cut},
        changed);
    return changed;
  }
  Tracker tracker_{TrackerOptions{}};
};

TEST_F(TrackerTest, OneWeedSeenOftenIsOne) {
  ASSERT_EQ(See(1, 1000, 0).size(), 1u);
  EXPECT_EQ(See(2, 1001, 1).size(), 0u);  // not worth telling
  const auto moved = See(3, 1012, -6);
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].id, 1u);
  EXPECT_NEAR(moved[0].near, 1'004'300, 500);  // the mean of three
  EXPECT_EQ(tracker_.weeds(), 1u);
}

TEST_F(TrackerTest, ALookAtAPartTakesNothingAway) {
  See(1, 1000, 0, 30);
  See(1, 1060, 0, 60);  // 1000 to 1120 with a gap that the tolerance does not bridge: two
  ASSERT_EQ(tracker_.weeds(), 2u);
  See(2, 1025, 0, 40);  // but now there is a bridge
  const auto whole = See(2, 1000, 0, 100);
  ASSERT_FALSE(whole.empty());
  const GroundWeed before = whole.back();
  // The near patch has left the image.
  const auto part = See(3, 1062, 0, 30);
  for (const GroundWeed& weed : part) {
    if (weed.id == before.id) {
      EXPECT_LE(weed.near, before.near);
    }
  }
}

TEST_F(TrackerTest, PatchesOfAFrameAreJudgedTogether) {
  const auto pair = [&](uint64_t frame) {
    See(frame, 1000, 0, 50);
    return See(frame, 1060, 0, 60);
  };
  EXPECT_EQ(pair(1).back(), (GroundWeed{1, 1'000'000, 1'120'000, 0, 60'000}));
  // The second frame shows the same two: after both nothing has moved.
  pair(2);
  const auto third = pair(3);
  for (const GroundWeed& weed : third) {
    EXPECT_EQ(weed, (GroundWeed{1, 1'000'000, 1'120'000, 0, 60'000}));
  }
  EXPECT_EQ(tracker_.weeds(), 1u);
}

TEST_F(TrackerTest, ABorderThatWaversIsNotTold) {
  See(1, 1000, 0);
  const auto moved = See(2, 1020, 3);  // the mean: 10 mm on, 1.5 mm to the left
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0], (GroundWeed{1, 1'010'000, 1'060'000, 0, 50'000}));
  EXPECT_TRUE(See(3, 1010, 8).empty());  // 3.7 mm in the mean
  const auto beyond = See(4, 1010, 18);  // 7.3 mm
  ASSERT_EQ(beyond.size(), 1u);
  EXPECT_GT(beyond[0].right, 7'000);
}

TEST_F(TrackerTest, AnotherTurnMovesWhatLiesFarOut) {
  ASSERT_EQ(See(1, 2000, 10'000).size(), 1u);  // expected to be met straight ahead
  std::vector<GroundWeed> changed;
  Pose pose{kSecond, kMetre, 6 * kMetre, 0};
  tracker_.Turn(pose, changed);
  EXPECT_TRUE(changed.empty());
  // Another 3 mrad to the left on the metre that is left: 30 mm for a nozzle 10 m out.
  pose.yaw_rate = 18'000'000;
  tracker_.Turn(pose, changed);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_NEAR(static_cast<double>(changed[0].near), 2'030'000, 100);
  changed.clear();
  tracker_.Turn(pose, changed);
  EXPECT_TRUE(changed.empty());
  // A look that expected straight ahead still says the same place as the first.
  const auto again = See(2, 2000, 10'000);
  EXPECT_TRUE(again.empty());
}

TEST_F(TrackerTest, NeighboursStayTwo) {
  See(1, 1000, 0);
  See(1, 1000, 80);
  See(1, 1080, 0);
  EXPECT_EQ(tracker_.weeds(), 3u);
}

TEST_F(TrackerTest, PatchesOfOneFrameThatTouchAreOneHull) {
  See(1, 1000, 0);
  const auto grown = See(1, 1060, 10);
  ASSERT_EQ(grown.size(), 1u);
  EXPECT_EQ(grown[0], (GroundWeed{1, 1'000'000, 1'110'000, 0, 60'000}));
}

TEST_F(TrackerTest, AWholeLookTakesThePlaceOfACutOne) {
  See(1, 1040, 0, 10, true);
  const auto whole = See(2, 1000, 0, 50);
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0], (GroundWeed{1, 1'000'000, 1'050'000, 0, 50'000}));
  EXPECT_TRUE(See(3, 1000, 0, 10, true).empty());  // leaving the image says nothing new
}

TEST_F(TrackerTest, ALongPatchIsFoundByItsFarEnd) {
  See(1, 1000, 0, 1500);
  const auto seen = See(2, 2450, 0, 60, true);
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(tracker_.weeds(), 1u);
}

TEST_F(TrackerTest, WhatLiesBehindIsForgotten) {
  std::vector<GroundWeed> changed;
  for (Microns s = 0; s < 1000 * kMetre; s += kMetre) {
    tracker_.See(static_cast<uint64_t>(s), s, {s + kMetre, s + 1'050'000, 0, 50'000, 0, false},
                 changed);
  }
  EXPECT_EQ(tracker_.weeds(), 1000u);
  EXPECT_EQ(changed.size(), 1000u);
}

TEST(Tracker, AWeedMayNeedTwoLooks) {
  TrackerOptions options;
  options.looks_needed = 2;
  Tracker tracker(options);
  std::vector<GroundWeed> changed;
  tracker.See(1, 0, {0, 50'000, 0, 50'000, 0, false}, changed);
  tracker.See(1, 0, {0, 50'000, 0, 50'000, 0, false}, changed);
  EXPECT_TRUE(changed.empty());
  tracker.See(2, 0, {0, 50'000, 0, 50'000, 0, false}, changed);
  EXPECT_EQ(changed.size(), 1u);
}

}  // namespace
}  // namespace furrow::edge
