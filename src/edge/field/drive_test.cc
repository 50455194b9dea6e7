// SPDX-License-Identifier: Apache-2.0
#include "edge/field/drive.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "edge/field/random.h"
#include "edge/field/sensors.h"

namespace furrow::edge {
namespace {

constexpr MicronsPerSecond kSix = 6'000'000;

TEST(Drive, BrakesAsTheFormulaSays) {
  Drive drive(kSix);
  drive.Hold(2 * kSecond).Change(2'000'000, 4'000'000).Hold(kSecond);
  EXPECT_EQ(drive.end(), 4 * kSecond);
  EXPECT_EQ(drive.At(2 * kSecond).s, 12 * kMetre);
  const DrivePose braking = drive.At(2'500 * kMillisecond);
  EXPECT_EQ(braking.v, 4'000'000);
  EXPECT_EQ(braking.s, 14'500'000);  // 12 + 6 / 2 - 4 / 8
  EXPECT_EQ(drive.At(3 * kSecond).s, 16 * kMetre);
  EXPECT_EQ(drive.At(10 * kSecond).s, 30 * kMetre);  // holds 2 m/s
  EXPECT_EQ(drive.At(10 * kSecond).x, 30 * kMetre);
  EXPECT_EQ(drive.At(10 * kSecond).y, 0);
}

TEST(Drive, StandsStillAndGoesOn) {
  Drive drive(3'000'000);
  drive.Hold(kSecond).Change(0, 3'000'000).Hold(2 * kSecond).Change(3'000'000, 1'000'000);
  EXPECT_EQ(drive.At(3 * kSecond).v, 0);
  EXPECT_EQ(drive.At(2 * kSecond).s, drive.At(4 * kSecond).s);
  EXPECT_EQ(drive.At(2 * kSecond).s, 4'500'000);
  // Nearly standing, half a micrometre of rounding is half a millisecond.
  EXPECT_NEAR(static_cast<double>(drive.TimeAt(4'500'000)), 2e9, 1e6);
  EXPECT_GT(drive.TimeAt(4'500'001), 4 * kSecond);
  Drive ends(3'000'000);
  ends.Change(0, 3'000'000);
  EXPECT_EQ(ends.TimeAt(2 * kMetre), -1);
  EXPECT_NE(ends.TimeAt(1'500'000), -1);
}

TEST(Drive, TurnsOnACircle) {
  Drive drive(kSix);
  drive.Hold(kSecond).Turn(100'000'000);  // 0.1 rad/s: a radius of 60 m
  for (const double seconds : {0.5, 3.0, 20.0, 62.0}) {
    const DrivePose pose = drive.At(kSecond + ToBillionths(seconds));
    EXPECT_NEAR(static_cast<double>(pose.x), 6e6 + 60e6 * std::sin(0.1 * seconds), 2);
    EXPECT_NEAR(static_cast<double>(pose.y), 60e6 * (1 - std::cos(0.1 * seconds)), 2);
    EXPECT_EQ(pose.heading, ToBillionths(0.1 * seconds));
    EXPECT_EQ(pose.s, 6'000'000 + ToMillionths(6 * seconds));
  }
}

TEST(Drive, BrakingInATurnKeepsTheLength) {
  Drive drive(kSix);
  drive.Turn(200'000'000).Hold(kSecond).Change(1'000'000, 1'000'000).Hold(kSecond);
  double way = 0;
  DrivePose last = drive.At(0);
  for (Nanos t = 5 * kMillisecond; t <= drive.end(); t += 5 * kMillisecond) {
    const DrivePose pose = drive.At(t);
    way += std::hypot(static_cast<double>(pose.x - last.x), static_cast<double>(pose.y - last.y));
    EXPECT_GE(pose.s, last.s);
    last = pose;
  }
  EXPECT_NEAR(way, static_cast<double>(last.s), 700);  // rounding of 1400 chords
}

TEST(Drive, TurnsMoreAndMoreAsTheFormulaSays) {
  Drive drive(kSix);
  drive.Move(2 * kSecond, 1'000'000, 50'000'000);  // faster, and into a bend
  const DrivePose half = drive.At(kSecond);
  EXPECT_EQ(half.v, 7'000'000);
  EXPECT_EQ(half.s, 6'500'000);
  EXPECT_EQ(half.yaw_rate, 50'000'000);
  EXPECT_EQ(half.heading, 25'000'000);
  const DrivePose end = drive.At(2 * kSecond);
  EXPECT_EQ(end.yaw_rate, 100'000'000);
  EXPECT_EQ(end.heading, 100'000'000);
  EXPECT_EQ(drive.At(3 * kSecond).heading, 200'000'000);  // the yaw rate holds
  // The way on the plane, in small steps.
  double x = 0, y = 0;
  for (int i = 0; i < 20'000; ++i) {
    const DrivePose pose = drive.MotionAt(i * 100'000 + 50'000);
    x += FromMillionths(pose.v) * 1e-4 * std::cos(FromBillionths(pose.heading));
    y += FromMillionths(pose.v) * 1e-4 * std::sin(FromBillionths(pose.heading));
  }
  EXPECT_NEAR(FromMillionths(end.x), x, 2e-5);
  EXPECT_NEAR(FromMillionths(end.y), y, 2e-5);
}

TEST(Drive, AFieldsDriveBrakesAndBends) {
  const Drive drive = FieldDrive({}, 2000 * kMetre);
  EXPECT_GE(drive.MotionAt(drive.end()).s, 2000 * kMetre);
  EXPECT_EQ(drive.MotionAt(14 * kSecond).v, kSix);
  EXPECT_EQ(drive.MotionAt(15 * kSecond).v, 4'000'000);
  EXPECT_EQ(drive.MotionAt(16 * kSecond).v, 3'000'000);
  EXPECT_EQ(drive.MotionAt(20 * kSecond).v, 3'000'000);
  EXPECT_EQ(drive.MotionAt(23 * kSecond).v, kSix);
  EXPECT_EQ(drive.MotionAt(15 * kSecond).yaw_rate, 0);
  EXPECT_EQ(drive.MotionAt(15'500 * kMillisecond).yaw_rate, 25'000'000);
  EXPECT_EQ(drive.MotionAt(20 * kSecond).yaw_rate, 50'000'000);
  EXPECT_EQ(drive.MotionAt(40 * kSecond).yaw_rate, 0);
  EXPECT_EQ(drive.MotionAt(50 * kSecond).yaw_rate, -50'000'000);
  for (Nanos t = 0; t < 60 * kSecond; t += 777 * kMillisecond) {
    const DrivePose pose = drive.At(t), motion = drive.MotionAt(t);
    EXPECT_EQ(pose.s, motion.s);
    EXPECT_EQ(pose.heading, motion.heading);
    EXPECT_LT(drive.MotionAt(drive.TimeAt(pose.s + 1) - 1).s, pose.s + 1);
  }
  const Drive straight = FieldDrive({.braking = 0, .yaw_rate = 0}, 200 * kMetre);
  EXPECT_EQ(straight.At(30 * kSecond).x, 180 * kMetre);
}

TEST(Drive, TimeAtIsTheFirst) {
  for (const char* name : {"constant", "braking", "stops", "turns"}) {
    const auto drive = DriveNamed(name, kSix, 300 * kMetre);
    ASSERT_TRUE(drive.ok());
    for (Microns s = 1; s < 400 * kMetre; s += 7'777'777) {
      const Nanos t = drive->TimeAt(s);
      EXPECT_GE(drive->At(t).s, s);
      EXPECT_LT(drive->At(t - 1).s, s);
    }
  }
  EXPECT_EQ(DriveNamed("fast", 1, 1).status().message(),
            "there is no drive \"fast\"; there are: constant braking stops turns");
}

TEST(Sensors, PerfectOnesTellTheTruth) {
  const auto drive = DriveNamed("braking", kSix, 100 * kMetre);
  Odometer odometer(*drive, {.pulse = 0}, 1);
  Imu imu(*drive, {.noise = 0}, 1);
  Gnss gnss(*drive, {.latency = 0, .noise = 0, .speed_noise = 0}, 1);
  for (int i = 0; i < 1000; ++i) {
    const OdometerSample sample = odometer.Next();
    const DrivePose pose = drive->At(sample.t);
    EXPECT_EQ(sample.t, i * 10 * kMillisecond);
    EXPECT_EQ(sample.s, pose.s);
    EXPECT_EQ(sample.v, pose.v);
    EXPECT_EQ(imu.Next().yaw_rate, pose.yaw_rate);
  }
  for (int i = 0; i < 100; ++i) {
    const GnssFix fix = gnss.Next();
    EXPECT_EQ(fix.t, i * 100 * kMillisecond);
    EXPECT_EQ(fix.x, drive->At(fix.t).x);
  }
}

TEST(Sensors, WheelScalesSlipsAndCountsPulses) {
  const Drive drive(kSix);
  const auto after = [&](const OdometerOptions& options) {
    Odometer odometer(drive, options, 3);
    OdometerSample sample;
    for (int i = 0; i <= 10'000; ++i) sample = odometer.Next();
    EXPECT_EQ(sample.s % std::max<Microns>(1, options.pulse), 0);
    return static_cast<double>(sample.s) / (600.0 * kMetre);  // of 100 s
  };
  EXPECT_NEAR(after({.scale_ppm = 10'000}), 1.01, 1e-5);
  EXPECT_NEAR(after({.scale_ppm = -5'000}), 0.995, 1e-5);
  EXPECT_NEAR(after({.slip_ppm = 100'000, .slip_seconds_ppm = 200'000}), 0.98, 0.012);
  EXPECT_NEAR(after({.pulse = 50'000}), 1, 1e-4);
}

TEST(Sensors, GnssDropsOutAndJumps) {
  const Drive drive(kSix);
  Gnss gnss(drive, {.dropout = 3 * kSecond, .dropout_every = 20 * kSecond, .jump = 5 * kMetre}, 9);
  Nanos last = -100 * kMillisecond, longest = 0;
  int fixes = 0, jumped = 0;
  while (last < 600 * kSecond) {
    const GnssFix fix = gnss.Next();
    longest = std::max(longest, fix.t - last);
    last = fix.t;
    EXPECT_EQ(fix.arrival - fix.t, 60 * kMillisecond);
    jumped += std::abs(fix.x - drive.At(fix.t).x) > kMetre ? 1 : 0;
    ++fixes;
  }
  EXPECT_NEAR(fixes, 6000 * 17 / 20, 40);
  EXPECT_GE(longest, 3 * kSecond);
  EXPECT_NEAR(jumped, 200, 40);
}

TEST(Sensors, AWheelDiesAndSlipsOnlySoLong) {
  const Drive drive(kSix);
  Odometer odometer(drive,
                    {.slip_ppm = 100'000,
                     .slip_seconds_ppm = 1'000'000,
                     .slip_until = 10 * kSecond,
                     .dead = 3 * kSecond,
                     .dead_every = 30 * kSecond},
                    3);
  int dead = 0, slipping = 0;
  OdometerSample sample;
  for (int i = 0; i < 6000; ++i) {
    sample = odometer.Next();
    dead += sample.v == 0;
    slipping += sample.v == kSix * 9 / 10;
  }
  EXPECT_EQ(dead, 600);
  EXPECT_LE(slipping, 1000);
  EXPECT_GE(slipping, 700);
  EXPECT_NEAR(FromMillionths(sample.s), 360 - 36 - 0.6 * slipping / 100, 0.1);
}

TEST(Sensors, GnssHasACourse) {
  Drive drive(kSix);
  drive.Turn(100'000'000);
  Gnss gnss(drive, {}, 5);
  double squares = 0;
  for (int i = 0; i < 1000; ++i) {
    const GnssFix fix = gnss.Next();
    const double off = FromBillionths(fix.course - drive.At(fix.t).heading);
    squares += off * off;
  }
  EXPECT_NEAR(std::sqrt(squares / 1000), 0.03 / 6, 0.0005);  // of the speed's noise
  Gnss jumps(drive, {.jump_speed = 2'000'000, .jump_every = 10 * kSecond}, 5);
  MicronsPerSecond most = 0;
  for (int i = 0; i < 100; ++i) most = std::max(most, jumps.Next().v);
  EXPECT_GT(most, 7'500'000);
}

TEST(Sensors, ABoomSwings) {
  HeightSensor sensor({.swing = 100'000, .noise = 0}, 1);
  Microns least = kMetre, most = 0;
  for (int i = 0; i < 300; ++i) {
    const HeightSample sample = sensor.Next();
    EXPECT_EQ(sample.t, i * 20 * kMillisecond);
    EXPECT_EQ(sample.height, sensor.TrueAt(sample.t));
    least = std::min(least, sample.height), most = std::max(most, sample.height);
  }
  EXPECT_EQ(least, 400'000);
  EXPECT_EQ(most, 600'000);
}

TEST(Sensors, ImuHasItsBias) {
  const Drive drive(kSix);
  Imu imu(drive, {.noise = 2'000'000, .bias = 5'000'000}, 4);
  double sum = 0, squares = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto rate = static_cast<double>(imu.Next().yaw_rate);
    sum += rate;
    squares += rate * rate;
  }
  const double mean = sum / 10'000;
  EXPECT_NE(mean, 0);
  EXPECT_LT(std::abs(mean), 30e6);
  EXPECT_NEAR(std::sqrt(squares / 10'000 - mean * mean), 2e6, 0.1e6);
}

TEST(Sensors, AreTheSameEverywhere) {
  const auto drive = DriveNamed("turns", kSix, 200 * kMetre);
  Odometer odometer(
      *drive,
      {.scale_ppm = 8'000, .slip_ppm = 50'000, .slip_seconds_ppm = 100'000, .jitter = 100'000}, 5);
  Gnss gnss(*drive, {.dropout = kSecond, .jump = kMetre}, 5);
  Imu imu(*drive, {.bias = 1'000'000, .walk = 100'000}, 5);
  uint64_t folded = 0;
  const auto add = [&](int64_t part) { folded = Mix(folded + static_cast<uint64_t>(part)); };
  for (int i = 0; i < 3000; ++i) {
    const OdometerSample sample = odometer.Next();
    add(sample.t);
    add(sample.s);
    add(sample.v);
    add(imu.Next().yaw_rate);
    if (i % 10 == 0) {
      const GnssFix fix = gnss.Next();
      add(fix.t);
      add(fix.x);
      add(fix.y);
      add(fix.v);
    }
  }
  EXPECT_EQ(folded, 18296073702180467658u);
}

}  // namespace
}  // namespace furrow::edge
