// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/deadlines.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

constexpr Nanos kNow = 5 * kSecond, kBefore = kNow - kMillisecond, kCovered = kNow;

GroundWeed Weed(uint32_t id) { return {id, 0, 50'000, 0, 50'000}; }

LateWindow Late(uint32_t weed, Nanos due) { return {0, weed, due, kNow, 700, false, false}; }

TEST(Deadlines, NameWhatToldOfTheWeedTooLate) {
  Deadlines judge;
  const GroundWeed a = Weed(1), b = Weed(2), c = Weed(3);
  judge.OnFrame(kNow, true, true, {&a, 1});
  judge.OnFrame(kNow, false, true, {&b, 1});
  judge.OnFrame(kNow, false, false, {&c, 1});
  EXPECT_EQ(judge.Add(Late(1, kNow - 1000), kBefore, kCovered), LateCause::kStall);
  EXPECT_EQ(judge.Add(Late(2, kNow - 1000), kBefore, kCovered), LateCause::kLostFrame);
  EXPECT_EQ(judge.Add(Late(3, kNow - 1000), kBefore, kCovered), LateCause::kLatency);
}

TEST(Deadlines, TellNewsOfAWeedThatWasKnownFromNews) {
  Deadlines judge;
  const GroundWeed weeds[] = {Weed(1), Weed(2), Weed(3)};
  judge.OnFrame(kNow - kSecond, false, false, weeds);
  judge.OnFrame(kNow, false, false, {&weeds[0], 1});
  judge.OnTurn(kNow, {&weeds[1], 1});
  const GroundWeed old = Weed(4);  // too late the first time, and told of again
  judge.OnFrame(kNow - kSecond, true, false, {&old, 1});
  judge.OnFrame(kNow, false, false, {&old, 1});
  EXPECT_EQ(judge.Add(Late(4, kNow - 2 * kSecond), kBefore, kCovered), LateCause::kStall);
  EXPECT_EQ(judge.Add(Late(1, kNow - 1000), kBefore, kCovered), LateCause::kLook);
  EXPECT_EQ(judge.Add(Late(2, kNow - 1000), kBefore, kCovered), LateCause::kTurn);
  EXPECT_EQ(judge.Add(Late(3, kNow - 1000), kBefore, kCovered), LateCause::kSpeed);
}

TEST(Deadlines, ATickThatCameLateIsTheThreads) {
  Deadlines judge;
  const GroundWeed weed = Weed(1);
  judge.OnFrame(kNow - kSecond, true, false, {&weed, 1});
  EXPECT_EQ(judge.Add(Late(1, kNow - 1000), kBefore, kNow - 2000), LateCause::kWake);
  LateWindow rests = Late(1, kNow - 1000);
  rests.resting = true;
  EXPECT_EQ(judge.Add(rests, kBefore, kNow), LateCause::kRest);
}

TEST(Deadlines, SumWhatItCost) {
  Deadlines judge;
  LateWindow made_up = Late(1, kNow - 1000);
  made_up.mm2 = 0;
  LateWindow missed = made_up;
  missed.missed = true;
  judge.Add(made_up, kBefore, kCovered);
  judge.Add(missed, kBefore, kCovered);
  judge.Add(Late(1, kNow - 1000), kBefore, kCovered);
  const LateCost& cost = judge.cost(LateCause::kSpeed);
  EXPECT_EQ(cost.windows, 3u);
  EXPECT_EQ(cost.beyond, 2u);
  EXPECT_EQ(cost.mm2, 700u);
  EXPECT_EQ(LateCauseName(LateCause::kLostFrame), "lost-frame");
}

}  // namespace
}  // namespace furrow::edge
