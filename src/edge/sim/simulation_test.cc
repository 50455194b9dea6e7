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
  const LateCost& cost = report.late_by[static_cast<size_t>(LateCause::kLatency)];
  EXPECT_GT(cost.windows, (report.missed + report.late) * 9 / 10);
  EXPECT_GT(static_cast<double>(cost.mm2) / 1e6, 0.9 * (report.missed_m2 + report.late_m2));
}

TEST(Simulation, LatenciesAreThoseOfTheTable) {
  SimulationOptions options = Short();
  options.stall_every = options.drop_every = 0;
  const std::vector<double> shares{0, 1};
  const auto always = [&](double seconds) {
    return SpanQuantiles::Make(shares, std::vector<double>{seconds, seconds}, 2).value();
  };
  options.found_after = always(0.030);
  options.transfer_s = 0;
  const SimulationReport quick = Simulated(options);
  options.transfer_s = 0.080;
  const SimulationReport slow = Simulated(options);
  // Milliseconds of ticks between.
  EXPECT_NEAR(slow.slack_s.p50, quick.slack_s.p50 - 0.080, 0.002);
  EXPECT_NEAR(slow.slack_s.max, quick.slack_s.max - 0.080, 0.002);
  // 2.3 MB by Gigabit Ethernet.
  options.transfer_s.reset();
  EXPECT_NEAR(Simulated(options).slack_s.p50, quick.slack_s.p50 - 0.020, 0.002);
}

TEST(Simulation, AThreadThatWakesLateIsLateWithItsCommands) {
  SimulationOptions options = Short();
  const std::vector<double> shares{0, 0.9, 1};
  const auto at_most = [&](double seconds) {
    return SpanQuantiles::Make(shares, std::vector<double>{0, 0, seconds}, 1).value();
  };
  // Commands are given ten milliseconds ahead.
  options.woken_after = at_most(0.010);
  const SimulationReport in_time = Simulated(options);
  EXPECT_EQ(in_time.late_by[static_cast<size_t>(LateCause::kWake)].windows, 0u);
  EXPECT_GT(in_time.within_2cm, in_time.windows * 999 / 1000);
  options.woken_after = at_most(0.040);
  const SimulationReport report = Simulated(options);
  const LateCost& cost = report.late_by[static_cast<size_t>(LateCause::kWake)];
  EXPECT_GT(cost.windows, report.windows / 10);
  EXPECT_GT(cost.mm2, 100'000u);
  EXPECT_LT(report.within_2cm, report.windows * 9 / 10);
  EXPECT_GT(report.off_by[static_cast<size_t>(LateCause::kWake)],
            (report.windows - report.within_2cm) / 2);
}

TEST(Simulation, ThirtySixCamerasDoWhatTwelveDo) {
  SimulationOptions options = Short();
  options.boom = CloseBoom();
  const SimulationReport report = Simulated(options);
  ASSERT_GT(report.weeds, 1000u);
  EXPECT_GT(report.hit_whole, report.weeds * 995 / 1000);
  EXPECT_GT(report.within_2cm, report.windows * 995 / 1000);
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
  EXPECT_GT(report.hit_whole, report.weeds * 995 / 1000);
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
