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
    tracker_.See(frame, 0,
                 {x_mm * 1000, (x_mm + size_mm) * 1000, y_mm * 1000, (y_mm + size_mm) * 1000, cut},
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
    tracker_.See(static_cast<uint64_t>(s), s, {s + kMetre, s + 1'050'000, 0, 50'000, false},
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
  tracker.See(1, 0, {0, 50'000, 0, 50'000, false}, changed);
  tracker.See(1, 0, {0, 50'000, 0, 50'000, false}, changed);
  EXPECT_TRUE(changed.empty());
  tracker.See(2, 0, {0, 50'000, 0, 50'000, false}, changed);
  EXPECT_EQ(changed.size(), 1u);
}

}  // namespace
}  // namespace furrow::edge
