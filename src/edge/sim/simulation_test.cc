// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/simulation.h"

#include <gtest/gtest.h>

#include "edge/boom/standard.h"

namespace furrow::edge {
namespace {

SimulationOptions Short() {
  SimulationOptions options;
  options.boom = StandardBoom();
  options.distance_m = 60;
  options.field.weeds_per_m2 = 1;
  return options;
}

SimulationReport Simulated(const SimulationOptions& options) {
  auto report = Simulate(options, [](double) {});
  EXPECT_TRUE(report.ok()) << report.status().ToString();
  return report.ok() ? *report : SimulationReport{};
}

TEST(Simulation, WithinTheBudgetItSpraysAsTheOracleWould) {
  const SimulationReport report = Simulated(Short());
  ASSERT_GT(report.weeds, 1000u);
  EXPECT_GT(report.hit_whole, report.weeds * 995 / 1000);
  EXPECT_GT(report.within_2cm, report.windows * 995 / 1000);
  EXPECT_LT(report.open_s, report.oracle_open_s * 1.15);
}

TEST(Simulation, ProductIsWhatTheWeedsNeedAndLittleMore) {
  const SimulationReport report = Simulated(Short());
  EXPECT_GT(report.needed_m2, 80);
  EXPECT_GT(report.product_m2, report.needed_m2);
  EXPECT_LT(report.product_m2, 1.25 * report.needed_m2);
  EXPECT_LT(report.product_m2, report.sprayed_m2);
}

TEST(Simulation, CropIsSparedWhereTheCamerasAreToldOfWeedsAlone) {
  SimulationOptions options = Short();
  options.field.weeds_per_m2 = 0;
  options.field.crop = Crop::kMaize;
  const SimulationReport none = Simulated(options);
  EXPECT_GT(none.crops, 10'000u);
  EXPECT_EQ(none.crops_sprayed, 0u);
  EXPECT_EQ(none.weeds, 0u);
  options.field.weeds_per_m2 = 4;
  const SimulationReport some = Simulated(options);
  EXPECT_EQ(some.crops, none.crops);
  EXPECT_GT(some.crops_sprayed, some.crops / 20);
  EXPECT_LT(some.crops_sprayed, some.crops / 2);
}

TEST(Simulation, ANozzleThatStaysOpenHasSprayedWhatItPassed) {
  SimulationOptions options = Short();
  options.distance_m = 30;
  options.field.weeds_per_m2 = 90;  // so dense that hardly a valve closes
  const SimulationReport report = Simulated(options);
  ASSERT_GT(report.weeds, 10'000u);
  EXPECT_LT(report.sprays, report.weeds / 4);
  EXPECT_GT(report.hit, report.weeds * 98 / 100);
}

TEST(Simulation, BeyondTheBudgetItSaysWhatItMissed) {
  SimulationOptions options = Short();
  options.latency_s = 0.5;
  const SimulationReport report = Simulated(options);
  EXPECT_GT(report.missed, report.weeds / 2);
  EXPECT_GT(report.missed_m2, 0.5);
  EXPECT_LT(report.hit, report.weeds / 2);
  EXPECT_LT(report.slack_s.p50, 0);
}

TEST(Simulation, TheSameSeedGivesTheSameCommands) {
  SimulationOptions options = Short();
  options.distance_m = 20;
  const uint64_t hash = Simulated(options).hash;
  EXPECT_EQ(Simulated(options).hash, hash);
  options.seed = 2;
  EXPECT_NE(Simulated(options).hash, hash);
}

TEST(Simulation, ThroughPixelsItHitsAsWell) {
  SimulationOptions options = Short();
  options.boom = StandardBoom(1);
  options.boom.cameras[0].width /= 2;  // half the pixels of half the size
  options.boom.cameras[0].height /= 2;
  options.boom.cameras[0].focal /= 2;
  options.boom.cameras[0].centre_u /= 2;
  options.boom.cameras[0].centre_v /= 2;
  options.pixels = true;
  options.yaw_rate_radps = 0;
  options.distance_m = 12;
  options.field.weeds_per_m2 = 3;
  const SimulationReport report = Simulated(options);
  ASSERT_GT(report.weeds, 20u);
  EXPECT_GE(report.hit, report.weeds * 98 / 100);
}

TEST(Simulation, WithoutAnySpeedEverythingCloses) {
  SimulationOptions options = Short();
  options.distance_m = 800;
  options.field.weeds_per_m2 = 0.3;
  options.sensors.gnss_fitted = false;
  options.sensors.wheel.dead = 20 * kSecond;
  options.sensors.wheel.dead_every = 120 * kSecond;
  const SimulationReport report = Simulated(options);
  EXPECT_NEAR(report.held_s, 1, 0.05);
  EXPECT_NEAR(report.blind_s, 19, 0.1);
  EXPECT_EQ(report.open_without_pose, 0u);
  EXPECT_LT(report.hit, report.weeds * 95 / 100);
  EXPECT_GT(report.hit, report.weeds * 80 / 100);
}

TEST(Simulation, AHeightThatIsMeasuredIsReckonedWith) {
  SimulationOptions options = Short();
  options.sensors.height.swing = 150'000;
  const SimulationReport report = Simulated(options);
  EXPECT_GT(report.hit, report.weeds * 998 / 1000);
}

TEST(Simulation, RefusesWhatCannotBe) {
  SimulationOptions options = Short();
  options.speed_mps = 0;
  const auto report = Simulate(options, [](double) {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.status().message(), "the speed in m/s is 0; it must lie between 0.5 and 15");
}

}  // namespace
}  // namespace furrow::edge
