// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/sprayed_way.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

Boom Four() {
  return ParseBoom(R"(format = 1
bus_s = 0.001
drop_s = 0.04
footprint_m = 0.1
margin_on_m = 0.02
margin_off_m = 0.03
[valves]
open_s = 0.010
close_s = 0.008
[[line]]
nozzles = 4
pitch_m = 0.25
)",
                   "four.toml")
      .value();
}

WayPlant At(double near, double far, double y) {
  return {.near = near, .far = far, .y = y, .width = 0.05, .size = far - near};
}

TEST(SprayedWay, APlantIsHitByTheNozzleOverItsMiddleAlone) {
  const Boom boom = Four();
  SprayedWay way(boom, {{0, 100}});
  way.Open(1, 10.0);
  way.Close(1, 10.2);
  EXPECT_EQ(way.HitOf(At(10.05, 10.15, 0.125)), Hit::kWhole);
  EXPECT_EQ(way.HitOf(At(10.05, 10.15, 0.375)), Hit::kMissed) << "another nozzle's";
  EXPECT_EQ(way.HitOf(At(10.1, 10.26, 0.125)), Hit::kMiddle) << "its far end is dry";
  EXPECT_EQ(way.HitOf(At(10.1, 10.36, 0.125)), Hit::kMissed) << "its middle is";
  EXPECT_EQ(way.HitOf(At(10.05, 10.15, 0.6)), Hit::kBeside);
  EXPECT_EQ(way.HitOf(At(10.05, 10.06, 0.125)), Hit::kBeside) << "too small";
  way.Open(0, 12.0);
  EXPECT_EQ(way.HitOf(At(20, 20.1, 0.375)), Hit::kWhole) << "still open";
  way.Forget(11);
  EXPECT_EQ(way.HitOf(At(10.05, 10.15, 0.125)), Hit::kMissed);
}

TEST(SprayedWay, SprayFromAHigherBoomLandsFurtherOn) {
  const Boom boom = Four();
  TruePose pose;
  pose.s = 10, pose.v = 6;
  EXPECT_NEAR(SprayEdge(boom, 1, pose, 0, 0.5), 10 + 6 * 0.04 + 0.05, 1e-9);
  EXPECT_NEAR(SprayEdge(boom, 1, pose, boom.height / 4, 0.5), 10 + 6 * 0.05 + 0.05, 1e-9);
  EXPECT_NEAR(SprayEdge(boom, 1, pose, 0, -0.5), 10 + 6 * 0.04 - 0.05, 1e-9);
}

TEST(SprayedWay, OnlyStretchesThatAreJudgedAreSummed) {
  const Boom boom = Four();
  SprayedWay way(boom, {{0, 10}, {20, 30}});
  way.Open(2, 9);
  way.Close(2, 21);
  EXPECT_NEAR(way.sprayed_m2(), 2 * 0.25, 1e-9);
  EXPECT_NEAR(way.product_m2(), (0.95 + 0.95) * 0.25, 1e-9) << "half a footprint at both ends";
  way.Open(3, 29);
  way.Finish();
  EXPECT_NEAR(way.sprayed_m2(), 3 * 0.25, 1e-9);
}

TEST(SprayedWay, WeedsThatStandCloseNeedTheirGroundOnce) {
  const Boom boom = Four();
  SprayedWay way(boom, {{0, 100}});
  way.Need(At(10, 10.1, 0.125));
  EXPECT_NEAR(way.needed_m2(), (0.1 + 0.07 + 0.08) * 0.25, 1e-9);
  way.Need(At(10.05, 10.15, 0.125));
  EXPECT_NEAR(way.needed_m2(), (0.15 + 0.07 + 0.08) * 0.25, 1e-9);
  way.Need(At(10.05, 10.15, 0.24));
  EXPECT_NEAR(way.needed_m2(), (0.15 + 0.15 + 0.1 + 0.15) * 0.25, 1e-9) << "two nozzles over it";
}

}  // namespace
}  // namespace furrow::edge
