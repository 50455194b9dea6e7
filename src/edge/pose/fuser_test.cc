// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/fuser.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <gtest/gtest.h>

#include "edge/field/drive.h"
#include "edge/field/random.h"
#include "edge/field/sensors.h"

namespace furrow::edge {
namespace {

constexpr MicronsPerSecond kSix = 6 * kMetre;
constexpr double kAhead = 1.5;  // metres

struct Faults {
  OdometerOptions wheel{.jitter = 100'000};
  GnssOptions gnss;
  ImuOptions imu;
  FuserOptions fuser;
};

struct Moment {
  Pose pose;
  DrivePose truth;
};

/// Sensors of a drive and the poses made of them. Those that must not speak are left out by
/// `hears`.
class Machine {
 public:
  Machine(const Drive& drive, const Faults& faults)
      : fuser_(faults.fuser),
        drive_(drive),
        wheel_(drive, faults.wheel, 7),
        gnss_(drive, faults.gnss, 7),
        imu_(drive, faults.imu, 7),
        next_wheel_(wheel_.Next()),
        next_fix_(gnss_.Next()),
        next_imu_(imu_.Next()) {}

  /// Goes on to `until`; appends what the fuser says every 10 ms.
  void Run(Nanos until, std::vector<Moment>* told = nullptr) {
    for (; now_ <= until; now_ += kMillisecond) {
      for (; next_wheel_.t <= now_; next_wheel_ = wheel_.Next()) {
        if (hears(Source::kWheel, now_)) fuser_.OnWheel(next_wheel_);
      }
      for (; next_imu_.t <= now_; next_imu_ = imu_.Next()) {
        if (hears(Source::kImu, now_)) fuser_.OnImu(next_imu_);
      }
      for (; next_fix_.arrival <= now_; next_fix_ = gnss_.Next()) {
        if (hears(Source::kGnss, now_)) fuser_.OnGnss(next_fix_);
      }
      if (now_ % (10 * kMillisecond) != 0) continue;
      const std::optional<Pose> pose = fuser_.At(now_);
      if (pose && told != nullptr) told->push_back({*pose, drive_.At(now_)});
    }
  }

  Fuser& fuser() { return fuser_; }
  std::function<bool(Source, Nanos)> hears = [](Source, Nanos) { return true; };

 private:
  Fuser fuser_;
  const Drive& drive_;
  Odometer wheel_;
  Gnss gnss_;
  Imu imu_;
  OdometerSample next_wheel_;
  GnssFix next_fix_;
  ImuSample next_imu_;
  Nanos now_ = 0;
};

/// Metres by which the way of the last kAhead is wrong, for each moment that has so much behind it.
std::vector<double> WayErrors(const std::vector<Moment>& told) {
  std::vector<double> errors;
  size_t from = 0;
  for (const Moment& to : told) {
    while (FromMillionths(to.truth.s - told[from + 1].truth.s) >= kAhead) ++from;
    if (FromMillionths(to.truth.s - told[from].truth.s) < kAhead) continue;
    const Microns way = to.pose.s - told[from].pose.s;
    errors.push_back(std::abs(FromMillionths(way - (to.truth.s - told[from].truth.s))));
  }
  return errors;
}

double Worst(const std::vector<Moment>& told) {
  const std::vector<double> errors = WayErrors(told);
  return errors.empty() ? INFINITY : std::ranges::max(errors);
}

bool Ever(const std::vector<Moment>& told, const std::function<bool(const Pose&)>& is) {
  return std::ranges::any_of(told, [&](const Moment& one) { return is(one.pose); });
}

SourceState WheelOf(const Pose& pose) { return StateOf(pose.flags, Source::kWheel); }
SourceState GnssOf(const Pose& pose) { return StateOf(pose.flags, Source::kGnss); }

TEST(Fuser, BeforeAnySpeedItSaysNothing) {
  Fuser fuser({});
  EXPECT_FALSE(fuser.At(0));
  fuser.OnImu({kMillisecond, 0});
  EXPECT_FALSE(fuser.At(2 * kMillisecond));
  fuser.OnWheel({3 * kMillisecond, 0, 0});
  EXPECT_TRUE(fuser.At(4 * kMillisecond));
}

TEST(Fuser, AWheelAloneIsSmootherThanItsPulses) {
  const Drive drive = FieldDrive({}, 200 * kMetre);
  Faults faults;
  faults.wheel.pulse = faults.fuser.pulse = 20'000;
  faults.fuser.gnss = false;
  Machine machine(drive, faults);
  machine.hears = [](Source source, Nanos) { return source != Source::kGnss; };
  machine.Run(kSecond);  // half a pulse is not known before it has turned
  std::vector<Moment> told;
  machine.Run(30 * kSecond, &told);
  EXPECT_LT(Worst(told), 0.015);
  for (size_t i = 1; i < told.size(); ++i) {
    const Microns way = told[i].pose.s - told[i - 1].pose.s;
    EXPECT_NEAR(FromMillionths(way - (told[i].truth.s - told[i - 1].truth.s)), 0, 0.004);
  }
  EXPECT_FALSE(Ever(told, [](const Pose& pose) { return pose.flags != 0; }));
}

TEST(Fuser, OnePercentOfTheWheelIsCalibratedAway) {
  const Drive drive = FieldDrive({}, 2000 * kMetre);
  for (const int64_t ppm : {10'000, -10'000}) {
    Faults faults;
    faults.wheel.scale_ppm = ppm;
    Machine machine(drive, faults);
    machine.Run(100 * kSecond);
    EXPECT_NEAR(machine.fuser().scale() * (1 + static_cast<double>(ppm) / 1e6), 1, 0.001);
    EXPECT_LT(machine.fuser().scale_sigma(), 0.001);
    std::vector<Moment> told;
    machine.Run(160 * kSecond, &told);
    EXPECT_LT(Worst(told), 0.005) << ppm;  // of 15 mm
  }
}

TEST(Fuser, ALostGnssMovesNothing) {
  const Drive drive = FieldDrive({}, 2000 * kMetre);
  Faults faults;
  faults.wheel.scale_ppm = 10'000;
  faults.gnss.dropout = 10 * kSecond;
  faults.gnss.dropout_every = 40 * kSecond;
  Machine machine(drive, faults);
  machine.Run(100 * kSecond);
  std::vector<Moment> told;
  machine.Run(220 * kSecond, &told);
  EXPECT_LT(Worst(told), 0.005);
  EXPECT_TRUE(Ever(told, [](const Pose& pose) { return GnssOf(pose) == SourceState::kHeld; }));
  EXPECT_TRUE(Ever(told, [](const Pose& pose) { return pose.flags == 0; }));
  EXPECT_FALSE(Ever(told, [](const Pose& pose) { return WheelOf(pose) != SourceState::kGood; }));
}

TEST(Fuser, AJumpingGnssMovesNothing) {
  const Drive drive = FieldDrive({}, 2000 * kMetre);
  Faults faults;
  faults.gnss.jump = 3 * kMetre;
  faults.gnss.jump_speed = 2 * kMetre;
  faults.gnss.jump_every = 20 * kSecond;
  Machine machine(drive, faults);
  machine.Run(100 * kSecond);
  std::vector<Moment> told;
  machine.Run(220 * kSecond, &told);
  EXPECT_LT(Worst(told), 0.005);
  EXPECT_GT(machine.fuser().counters().fixes_refused, 30u);
  EXPECT_EQ(machine.fuser().counters().slips, 0u);
  EXPECT_TRUE(Ever(told, [](const Pose& pose) { return GnssOf(pose) == SourceState::kDegraded; }));
}

TEST(Fuser, ASlippingWheelIsFoundAndStretched) {
  const Drive drive(kSix);
  Faults faults;
  faults.wheel.slip_ppm = 150'000;
  faults.wheel.slip_seconds_ppm = 100'000;
  Machine machine(drive, faults);
  machine.Run(60 * kSecond);
  std::vector<Moment> told;
  machine.Run(180 * kSecond, &told);
  EXPECT_GT(machine.fuser().counters().slips, 5u);
  // A slip that nobody looks at is 15 % of the way, 0.225 m; this one is, until two fixes say so.
  const std::vector<double> errors = WayErrors(told);
  const auto bad = std::ranges::count_if(errors, [](double error) { return error > 0.03; });
  EXPECT_LT(static_cast<double>(bad), 0.09 * static_cast<double>(errors.size()));
  for (size_t i = 100; i < told.size(); ++i) {
    const bool slips = (told[i].pose.flags & kWheelSlips) != 0;
    if (!slips || (told[i - 60].pose.flags & kWheelSlips) == 0) continue;
    EXPECT_NEAR(FromMillionths(told[i].pose.v), 6, 0.35);
  }
  // What slips for a second does not spoil the calibration.
  EXPECT_NEAR(machine.fuser().scale(), 1, 0.002);
}

TEST(Fuser, AScaleLearntWhileItSlippedIsLearntAgain) {
  const Drive drive(kSix);
  for (const int64_t slip : {20'000, 30'000, 50'000}) {
    Faults faults;
    faults.wheel.slip_ppm = slip;
    faults.wheel.slip_seconds_ppm = 1'000'000;
    faults.wheel.slip_until = 20 * kSecond;
    Machine machine(drive, faults);
    machine.Run(20 * kSecond);
    EXPECT_NEAR(machine.fuser().scale(), 1 / (1 - static_cast<double>(slip) / 1e6), 0.004);
    machine.Run(40 * kSecond);
    std::vector<Moment> told;
    machine.Run(80 * kSecond, &told);
    EXPECT_NEAR(machine.fuser().scale(), 1, 0.002) << slip;
    EXPECT_LT(Worst(told), 0.008) << slip;
    EXPECT_EQ(told.back().pose.flags, 0u) << slip;
  }
}

TEST(Fuser, ADeadWheelLeavesItToGnss) {
  const Drive drive = FieldDrive({}, 1000 * kMetre);
  Faults faults;
  faults.wheel.dead = 10 * kSecond;
  faults.wheel.dead_every = 60 * kSecond;
  Machine machine(drive, faults);
  std::vector<Moment> told;
  machine.Run(120 * kSecond, &told);
  ASSERT_EQ(machine.fuser().counters().wheel_deaths, 2u);
  EXPECT_EQ(told.size(), 12'001u);  // there is always a pose
  EXPECT_LT(Worst(told), 0.12);
  EXPECT_TRUE(Ever(told, [](const Pose& pose) { return WheelOf(pose) == SourceState::kDegraded; }));
  EXPECT_TRUE(Ever(told, [](const Pose& pose) { return (pose.flags & kSpeedHeld) != 0; }));
  // Whoever doubts does so at once: no pose says "good" while the way is 3 cm off and more.
  size_t from = 0;
  for (const Moment& to : told) {
    while (FromMillionths(to.truth.s - told[from + 1].truth.s) >= kAhead) ++from;
    const Microns off = to.pose.s - told[from].pose.s - (to.truth.s - told[from].truth.s);
    if (std::abs(off) < 30'000) continue;
    EXPECT_GT(3 * std::max(to.pose.sigma, told[from].pose.sigma), std::abs(off));
  }
  // It is trusted again afterwards.
  EXPECT_EQ(told.back().pose.flags & MarkOf(Source::kWheel, SourceState::kLost), 0u);
}

TEST(Fuser, WithoutAnySpeedItHoldsTheLastAndThenSaysNothing) {
  const Drive drive(kSix);
  Machine machine(drive, {});
  machine.hears = [](Source source, Nanos now) {
    return source == Source::kImu || now < 30 * kSecond || now > 40 * kSecond;
  };
  std::vector<Moment> told;
  machine.Run(30 * kSecond, &told);
  told.clear();
  machine.Run(40 * kSecond, &told);
  // Fixes are older than samples of the wheel by their latency, and are held as long.
  EXPECT_NEAR(FromBillionths(told.back().pose.t), 31, 0.02);
  EXPECT_LT(Worst(told), 0.01);
  EXPECT_NE(told.back().pose.flags & kSpeedHeld, 0u);
  EXPECT_EQ(WheelOf(told.back().pose), SourceState::kLost);
  const Microns before = told.back().pose.s;
  told.clear();
  machine.Run(41 * kSecond, &told);
  ASSERT_FALSE(told.empty());
  // The wheel counted on: the way is the count's.
  EXPECT_NEAR(FromMillionths(told.back().pose.s - before), 60, 0.2);
}

TEST(Fuser, AWheelThatFallsSilentIsMadeUpFor) {
  const Drive drive = FieldDrive({}, 1000 * kMetre);
  Faults faults;
  faults.fuser.gnss = false;
  Machine machine(drive, faults);
  machine.hears = [](Source source, Nanos now) {
    return source == Source::kImu ||
           (source == Source::kWheel && now % (5 * kSecond) > 400'000'000);
  };
  std::vector<Moment> told;
  machine.Run(60 * kSecond, &told);
  const Microns way = told.back().pose.s - told.front().pose.s;
  EXPECT_NEAR(FromMillionths(way), FromMillionths(told.back().truth.s - told.front().truth.s),
              0.02);
  EXPECT_LT(Worst(told), 0.2);
}

TEST(Fuser, AWheelThatNeverSpokeLeavesItToGnss) {
  const Drive drive(kSix);
  Machine machine(drive, {});
  machine.hears = [](Source source, Nanos) { return source != Source::kWheel; };
  std::vector<Moment> told;
  machine.Run(20 * kSecond, &told);
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(WheelOf(told.back().pose), SourceState::kDegraded);
  EXPECT_EQ(told.back().pose.flags & kSpeedHeld, 0u);
  EXPECT_LT(Worst(told), 0.06);
  machine.hears = [](Source source, Nanos) { return source == Source::kImu; };
  told.clear();
  machine.Run(25 * kSecond, &told);
  ASSERT_FALSE(told.empty());
  EXPECT_NEAR(FromBillionths(told.back().pose.t), 20.9, 0.06);  // a second after the last fix
  const auto held = std::ranges::find_if(
      told, [](const Moment& one) { return (one.pose.flags & kSpeedHeld) != 0; });
  ASSERT_NE(held, told.end());
  EXPECT_NEAR(FromBillionths(held->pose.t), 20.2, 0.06);
}

TEST(Fuser, TheGyroscopesBiasIsFoundOnTheWay) {
  const Drive drive = FieldDrive({}, 2000 * kMetre);
  Faults faults;
  faults.imu.bias = 5'000'000;
  Machine machine(drive, faults);
  machine.Run(120 * kSecond);
  std::vector<Moment> told;
  machine.Run(180 * kSecond, &told);
  double off = 0;
  for (const Moment& one : told) {
    off += FromBillionths(one.pose.yaw_rate - one.truth.yaw_rate);
  }
  EXPECT_GT(std::abs(machine.fuser().gyro_bias()), 0.001);
  EXPECT_LT(std::abs(off) / static_cast<double>(told.size()), 0.0005);
}

TEST(Fuser, TheGyroscopesBiasIsFoundStandingStill) {
  Drive drive(0);
  drive.Hold(10 * kSecond).Change(kSix, 2'000'000);
  Faults faults;
  faults.imu.bias = 5'000'000;
  faults.fuser.gnss = false;
  Machine machine(drive, faults);
  machine.hears = [](Source source, Nanos) { return source != Source::kGnss; };
  std::vector<Moment> told;
  machine.Run(10 * kSecond, &told);
  told.clear();
  machine.Run(15 * kSecond, &told);
  double off = 0;
  for (const Moment& one : told) off += FromBillionths(one.pose.yaw_rate);
  EXPECT_GT(std::abs(machine.fuser().gyro_bias()), 0.001);
  EXPECT_LT(std::abs(off) / static_cast<double>(told.size()), 0.0003);
}

TEST(Fuser, ASilentGyroscopeLeavesItToTheCourse) {
  Drive drive(kSix);
  drive.Hold(10 * kSecond).Turn(50'000'000).Hold(kSecond);
  Machine machine(drive, {});
  machine.hears = [](Source source, Nanos now) {
    return source != Source::kImu || now < 10 * kSecond;
  };
  std::vector<Moment> told;
  machine.Run(14 * kSecond, &told);
  EXPECT_EQ(StateOf(told.back().pose.flags, Source::kImu), SourceState::kDegraded);
  EXPECT_NEAR(FromBillionths(told.back().pose.yaw_rate), 0.05, 0.015);
}

TEST(Fuser, TheBoomsHeightIsFollowedAndHeld) {
  Fuser fuser({.gnss = false, .imu = false, .height = true});
  const auto pose = [&](Nanos now) {
    fuser.OnWheel({now - 1, 0, 0});
    return *fuser.At(now);
  };
  EXPECT_EQ(StateOf(pose(1000).flags, Source::kHeight), SourceState::kLost);
  Nanos now = 0;
  for (int i = 0; i < 50; ++i) fuser.OnHeight({now += 20 * kMillisecond, 620'000});
  EXPECT_EQ(pose(now + 1).lift, 120'000);
  fuser.OnHeight({now += 20 * kMillisecond, 90'000});  // a stalk
  EXPECT_EQ(pose(now + 1).lift, 120'000);
  EXPECT_EQ(pose(now + 2).flags, 0u);
  EXPECT_EQ(StateOf(pose(now + 800 * kMillisecond).flags, Source::kHeight), SourceState::kHeld);
  const Pose later = pose(now + 1'300 * kMillisecond);
  EXPECT_EQ(StateOf(later.flags, Source::kHeight), SourceState::kDegraded);
  EXPECT_LT(later.lift, 100'000);
  EXPECT_EQ(pose(now + 5 * kSecond).lift, 0);
}

TEST(Fuser, WhatIsNotLaterIsRefused) {
  Fuser fuser({});
  fuser.OnWheel({kSecond, 0, kSix});
  fuser.OnWheel({kSecond, 60'000, kSix});
  fuser.OnImu({kSecond, 0});
  fuser.OnImu({kSecond - 1, 0});
  fuser.OnHeight({kSecond, 500'000});
  fuser.OnHeight({kSecond, 500'000});
  EXPECT_EQ(fuser.counters().samples_refused, 3u);
  fuser.OnGnss({.t = kSecond, .v = kSix, .quality = FixQuality::kNone});
  EXPECT_EQ(fuser.counters().fixes_refused, 1u);
}

TEST(Fuser, ThreeSigmasHoldTheWay) {
  const Drive drive = FieldDrive({}, 4000 * kMetre);
  Faults faults;
  faults.wheel.scale_ppm = 10'000;
  faults.wheel.slip_ppm = 100'000;
  faults.wheel.slip_seconds_ppm = 30'000;
  faults.gnss.dropout = 10 * kSecond;
  Machine machine(drive, faults);
  std::vector<Moment> told;
  machine.Run(600 * kSecond, &told);
  size_t from = 0;
  int64_t within = 0, all = 0;
  for (const Moment& to : told) {
    while (FromMillionths(to.truth.s - told[from + 1].truth.s) >= kAhead) ++from;
    if (FromMillionths(to.truth.s - told[from].truth.s) < kAhead) continue;
    const Microns off = to.pose.s - told[from].pose.s - (to.truth.s - told[from].truth.s);
    within += std::abs(off) <= 3 * told[from].pose.sigma ? 1 : 0;
    ++all;
  }
  EXPECT_GT(static_cast<double>(within), 0.997 * static_cast<double>(all));
}

TEST(Fuser, IsTheSameOnEveryProcessor) {
  const Drive drive = FieldDrive({}, 1000 * kMetre);
  Faults faults;
  faults.wheel.scale_ppm = 8'000;
  faults.wheel.slip_ppm = 100'000;
  faults.wheel.slip_seconds_ppm = 50'000;
  faults.wheel.dead = 3 * kSecond;
  faults.gnss.dropout = 5 * kSecond;
  faults.gnss.jump = kMetre;
  faults.imu.bias = 2'000'000;
  Machine machine(drive, faults);
  std::vector<Moment> told;
  machine.Run(150 * kSecond, &told);
  uint64_t folded = 0;
  const auto add = [&](int64_t part) { folded = Mix(folded + static_cast<uint64_t>(part)); };
  for (const Moment& one : told) {
    add(one.pose.s);
    add(one.pose.v);
    add(one.pose.yaw_rate);
    add(one.pose.sigma);
    add(one.pose.flags);
  }
  EXPECT_EQ(folded, 6181945447081406273u);
}

}  // namespace
}  // namespace furrow::edge
