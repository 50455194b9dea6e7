// SPDX-License-Identifier: Apache-2.0
#include "edge/runtime/sprayer.h"

#include <cmath>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

Boom SmallBoom() {
  Boom boom;
  boom.bus = kMillisecond;
  boom.fall = 40 * kMillisecond;
  boom.footprint = 100'000;
  boom.margin_on = boom.margin_off = 20'000;
  for (int i = 0; i < 12; ++i) {
    Nozzle nozzle;
    nozzle.swath = 250'000;
    nozzle.y = 1'375'000 - 250'000 * i;
    nozzle.valve = {10 * kMillisecond, 8 * kMillisecond, 0, 0};
    boom.nozzles.push_back(nozzle);
  }
  Camera camera;
  camera.name = "middle";
  camera.width = 1920;
  camera.height = 1200;
  camera.fps = 10;
  camera.focal = 1500;
  camera.centre_u = 960;
  camera.centre_v = 600;
  camera.x = 0.6;
  camera.height_m = 1.5;
  camera.pitch = 1.0;
  boom.cameras.push_back(camera);
  return boom;
}

/// The pixels that a rectangle on the ground fills, whole pixels outwards.
Detection Box(const Camera& camera, double x, double y, double length, double width) {
  const Projection projection(camera);
  double left = 1e9, top = 1e9, right = -1e9, bottom = -1e9;
  for (const double px : {x, x + length}) {
    for (const double py : {y - width / 2, y + width / 2}) {
      double u = 0, v = 0;
      EXPECT_TRUE(projection.ToPixel(px, py, u, v));
      left = std::min(left, u), right = std::max(right, u);
      top = std::min(top, v), bottom = std::max(bottom, v);
    }
  }
  return {static_cast<int>(left),
          static_cast<int>(top),
          static_cast<int>(right) + 1,
          static_cast<int>(bottom) + 1,
          1,
          PlantKind::kWeed};
}

struct Drive {
  std::vector<Command> commands;
  uint64_t hash;
};

/// 6 m/s past one weed of 5 cm whose near edge lies at 100 m, 0.6 m to the left, seen at 10 frames
/// a second with an answer 60 ms later.
Drive DrivePast(double y, NanoradsPerSecond yaw_rate = 0, Nanos pose_from = 0,
                Nanos pose_until = 20 * kSecond) {
  const Boom boom = SmallBoom();
  Sprayer sprayer(boom, {});
  Drive drive;
  struct Waiting {
    Nanos due, captured;
    Detection box;
  };
  std::vector<Waiting> waiting;
  for (Nanos now = 15 * kSecond; now < 18 * kSecond; now += kMillisecond) {
    const Microns s = 6 * now / 1000;
    if (now % (10 * kMillisecond) == 0 && now >= pose_from && now < pose_until) {
      sprayer.OnPose({now, s, 6 * kMetre, yaw_rate});
    }
    if (now % (100 * kMillisecond) == 0) {
      const double ahead = 100 - FromMillionths(s);
      if (ahead > 0.1 && ahead < 2.5) {
        const Detection box = Box(boom.cameras[0], ahead, y, 0.05, 0.04);
        if (box.top > 0 && box.bottom < 1200) {
          waiting.push_back({now + 60 * kMillisecond, now, box});
        }
      }
    }
    std::erase_if(waiting, [&](const Waiting& frame) {
      if (frame.due > now) return false;
      sprayer.OnFrame({0, 0, frame.captured, now, {&frame.box, 1}});
      return true;
    });
    sprayer.OnTick(now, drive.commands);
  }
  drive.hash = sprayer.hash().value();
  return drive;
}

TEST(Sprayer, FromPixelsToTheRightNozzleInTime) {
  const Drive drive = DrivePast(0.6);
  ASSERT_EQ(drive.commands.size(), 2u);
  EXPECT_EQ(drive.commands[0].nozzle, 3);  // the nozzle at 0.625 m
  // The worked example of the design; a pixel is up to 3 mm here, half a millisecond.
  EXPECT_NEAR(FromBillionths(drive.commands[0].at), 16.604, 0.0008);
  EXPECT_NEAR(FromBillionths(drive.commands[1].at), 16.637667, 0.0008);
}

TEST(Sprayer, ATickThatComesLateMakesNothingLate) {
  const Boom boom = SmallBoom();
  const Detection box = Box(boom.cameras[0], 1.2, 0.6, 0.05, 0.04);
  const auto driven = [&](Nanos late) {
    Sprayer sprayer(boom, {});
    std::vector<Command> commands;
    sprayer.OnPose({kSecond, 0, 6 * kMetre, 0});
    sprayer.OnFrame({0, 0, kSecond, kSecond, {&box, 1}});
    // One tick after another is missing, for as long as that.
    for (Nanos now = kSecond; now < 1'300 * kMillisecond; now += late) {
      sprayer.OnTick(now, commands);
    }
    EXPECT_EQ(sprayer.schedule_counters().late > 0, late > 11 * kMillisecond) << late;
    return commands;
  };
  const auto in_time = driven(kMillisecond);
  ASSERT_EQ(in_time.size(), 2u);
  EXPECT_EQ(driven(11 * kMillisecond), in_time);
  EXPECT_NE(driven(50 * kMillisecond), in_time);
}

TEST(Sprayer, TheSameInputsGiveTheSameHash) {
  EXPECT_EQ(DrivePast(0.6).hash, DrivePast(0.6).hash);
  EXPECT_NE(DrivePast(0.6).hash, DrivePast(0.85).hash);
}

TEST(Sprayer, ALostPoseIsHeldForASecondOnly) {
  EXPECT_EQ(DrivePast(0.6, 0, 0, 15'900 * kMillisecond).commands.size(), 2u);
  EXPECT_TRUE(DrivePast(0.6, 0, 0, 15'300 * kMillisecond).commands.empty());
}

TEST(Sprayer, WhatIsSeenBeforeABlindStretchIsGivenUp) {
  const Boom boom = SmallBoom();
  Sprayer sprayer(boom, {});
  std::vector<Command> commands;
  const Detection box = Box(boom.cameras[0], 1.2, 0, 0.05, 0.04);
  Pose pose{kSecond, 0, kMetre / 10, 0};
  sprayer.OnPose(pose);
  sprayer.OnFrame({0, 0, kSecond, kSecond, {&box, 1}});
  EXPECT_EQ(sprayer.changed().size(), 1u);
  // Poses go on, but nobody measures how fast it drives.
  for (Nanos now = kSecond; now < 2'500 * kMillisecond; now += kMillisecond) {
    pose.t = now + 1;
    pose.flags = kSpeedHeld;
    sprayer.OnPose(pose);
    sprayer.OnTick(now, commands);
    if (now == 2 * kSecond) {
      EXPECT_EQ(sprayer.schedule_counters().missed, 0u);
    }
  }
  EXPECT_GT(sprayer.schedule_counters().missed, 0u);
  EXPECT_EQ(sprayer.counters().ticks_blind, 499u);
  EXPECT_TRUE(commands.empty());
}

TEST(Sprayer, ATurnThatBeginsAfterTheLastLookMovesItsWindow) {
  const Boom boom = SmallBoom();
  constexpr double kAhead = 2.3, kLeft = 1.1, kSpeed = 6;
  const Detection box = Box(boom.cameras[0], kAhead, kLeft, 0.05, 0.04);
  const auto opens = [&](NanoradsPerSecond yaw_rate) {
    Sprayer sprayer(boom, {});
    std::vector<Command> commands;
    for (Nanos now = kSecond; now < 1'600 * kMillisecond; now += kMillisecond) {
      if (now % (10 * kMillisecond) == 0) {
        // Seen while it drives straight on.
        sprayer.OnPose({now, 6 * (now - kSecond) / 1000, 6 * kMetre, now > kSecond ? yaw_rate : 0});
      }
      if (now == kSecond) sprayer.OnFrame({0, 0, kSecond, kSecond, {&box, 1}});
      sprayer.OnTick(now, commands);
    }
    EXPECT_EQ(commands.size(), 2u);
    EXPECT_EQ(commands.at(0).nozzle, 1);
    return FromBillionths(commands.at(0).at);
  };
  // On a circle of 60 m the nozzle line meets it 42 mm later, or sooner when it turns away.
  const auto later = [&](double yaw_rate) {
    const double radius = kSpeed / yaw_rate;
    return (radius * std::atan(kAhead / (radius - kLeft)) - kAhead) / kSpeed;
  };
  const double straight = opens(0);
  EXPECT_NEAR(opens(100'000'000) - straight, later(0.1), 0.001);
  EXPECT_NEAR(opens(-100'000'000) - straight, later(-0.1), 0.001);
  EXPECT_GT(later(0.1), 0.006);
}

TEST(Sprayer, AHigherBoomSeesFarther) {
  const Boom boom = SmallBoom();
  const Detection box = Box(boom.cameras[0], 1.2, 0, 0.05, 0.04);
  const auto near = [&](Microns lift) {
    Sprayer sprayer(boom, {});
    Pose pose{kSecond, 0, 6 * kMetre, 0};
    pose.lift = lift;
    sprayer.OnPose(pose);
    sprayer.OnFrame({0, 0, kSecond, kSecond, {&box, 1}});
    return sprayer.changed().at(0).near;
  };
  // 0.6 m ahead of a camera that is 1.5 m high, and a tenth of that more.
  EXPECT_NEAR(static_cast<double>(near(150'000) - near(0)), 60'000, 1000);
}

TEST(Sprayer, AFrameFromBeforeTheFirstPoseIsLeftOut) {
  const Boom boom = SmallBoom();
  Sprayer sprayer(boom, {});
  const Detection box = Box(boom.cameras[0], 1.2, 0, 0.05, 0.04);
  sprayer.OnPose({kSecond, 0, 6 * kMetre, 0});
  sprayer.OnFrame({0, 0, kSecond - 1, kSecond, {&box, 1}});
  EXPECT_EQ(sprayer.counters().frames_without_pose, 1u);
  EXPECT_EQ(sprayer.weeds(), 0u);
}

}  // namespace
}  // namespace furrow::edge
