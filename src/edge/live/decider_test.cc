// SPDX-License-Identifier: Apache-2.0
#include "edge/live/decider.h"

#include <cstring>

#include <gtest/gtest.h>

#include "edge/actuate/simulated_valves.h"
#include "edge/boom/standard.h"

namespace furrow::edge {
namespace {

constexpr MicronsPerSecond kSpeed = 6 * kMetre;

/// A machine without threads, ticked by hand at 6 m/s.
class Rig {
 public:
  explicit Rig(const DeciderOptions& options = {})
      : boom_(StandardBoom(2)),
        health_(boom_.cameras.size()),
        bus_(boom_),
        valves_(boom_, bus_, boom_.lease),
        poses_(1 << 16),
        findings_(1 << 20),
        decider_(boom_, health_, valves_, poses_, {&findings_}, nullptr, options) {
    valves_.SetMaster(true);
  }

  void Pose() {
    const edge::Pose pose{now_, kSpeed / 1000 * (now_ / kMillisecond), kSpeed, 0};
    std::memcpy(poses_.Reserve(sizeof pose), &pose, sizeof pose);
    poses_.Publish();
  }
  void Frame(int camera, std::vector<Detection> found, CameraState state = CameraState::kGood) {
    const FrameFindings head{camera, state, static_cast<uint32_t>(found.size()), 0, now_, 200'000};
    const size_t bytes = found.size() * sizeof(Detection);
    std::byte* place = findings_.Reserve(sizeof head + bytes);
    std::memcpy(place, &head, sizeof head);
    if (bytes > 0) std::memcpy(place + sizeof head, found.data(), bytes);
    findings_.Publish();
  }
  /// Until `to`, a frame of each camera every 100 ms unless `camera_0` says otherwise.
  void Drive(Nanos to, CameraState camera_0 = CameraState::kGood) {
    for (; now_ < to; now_ += kMillisecond) {
      if (now_ % (10 * kMillisecond) == 0) Pose();
      if (now_ % (100 * kMillisecond) == 0) {
        if (camera_0 != CameraState::kSilent) Frame(0, {}, camera_0);
        Frame(1, {});
      }
      decider_.Tick(now_);
      for (int nozzle = 0; nozzle < 24; ++nozzle) opened_[nozzle] |= valves_.IsOpen(nozzle);
    }
  }
  int Opened(int from, int to) const {
    int count = 0;
    for (int nozzle = from; nozzle < to; ++nozzle) count += opened_[nozzle];
    return count;
  }

  Nanos now_ = kSecond;
  Boom boom_;
  Health health_;
  SimulatedValves bus_;
  Valves valves_;
  ByteRing poses_, findings_;
  Decider decider_;
  std::array<bool, 24> opened_{};
};

TEST(Decider, AWeedOpensItsNozzleAndNoOther) {
  Rig rig;
  rig.Drive(2 * kSecond);
  // In the middle of the left camera's image: 1.5 m ahead, 1.5 m to the left.
  rig.Frame(0, {{950, 590, 970, 610, 300, PlantKind::kPlant}});
  rig.Drive(3 * kSecond);
  EXPECT_EQ(rig.health_.weeds.get(), 1u);
  EXPECT_EQ(rig.Opened(0, 24), 2) << "it lies on the border of two";
  EXPECT_TRUE(rig.opened_[5] && rig.opened_[6]);
  EXPECT_EQ(rig.health_.opened.get(), 2u);
  EXPECT_EQ(rig.health_.unseen_mm2.get(), 0u);
  // 1.5 m less 0.086 m at 6 m/s, less 51 ms.
  EXPECT_NEAR(FromBillionths(rig.health_.slack.least()), 0.184, 0.003);
}

TEST(Decider, WhatADeadCameraDoesNotShowIsSprayedUnderItAlone) {
  Rig rig;
  rig.Drive(2 * kSecond);
  EXPECT_EQ(rig.Opened(0, 24), 0);
  rig.Drive(3 * kSecond, CameraState::kSilent);
  EXPECT_EQ(rig.health_.cameras[0].state.load(), CameraState::kSilent);
  EXPECT_EQ(rig.health_.cameras[0].alarms.get(), 1u);
  EXPECT_EQ(rig.health_.cameras[1].state.load(), CameraState::kGood);
  // It sees 3.1 m and so half of one neighbour's nozzle.
  EXPECT_EQ(rig.Opened(0, 12), 12);
  EXPECT_LE(rig.Opened(12, 24), 1);
  EXPECT_GT(rig.health_.unseen_mm2.get(), 1'000'000u);
}

TEST(Decider, ABlackCameraIsNoBetter) {
  Rig rig;
  rig.Drive(2 * kSecond);
  rig.Drive(3 * kSecond, CameraState::kBlack);
  EXPECT_EQ(rig.health_.cameras[0].state.load(), CameraState::kBlack);
  EXPECT_EQ(rig.Opened(0, 12), 12);
}

TEST(Decider, TheOperatorMayHaveUnseenGroundLeftOut) {
  DeciderOptions options;
  options.when_unseen = WhenUnseen::kLeave;
  Rig rig(options);
  rig.Drive(2 * kSecond);
  rig.Drive(3 * kSecond, CameraState::kSilent);
  EXPECT_EQ(rig.Opened(0, 24), 0);
  EXPECT_GT(rig.health_.unseen_mm2.get(), 1'000'000u) << "but counted";
}

TEST(Decider, TheAlarmComesWithinTheTimeThatWasAskedFor) {
  Rig rig;
  rig.Drive(2 * kSecond);
  rig.Drive(2 * kSecond + 95 * kMillisecond, CameraState::kSilent);
  EXPECT_EQ(rig.health_.cameras[0].state.load(), CameraState::kGood);
  rig.Drive(2 * kSecond + 105 * kMillisecond, CameraState::kSilent);
  EXPECT_EQ(rig.health_.cameras[0].state.load(), CameraState::kSilent)
      << "200 ms after the last frame, which was at 1.9 s";
}

TEST(Decider, ACameraThatHasNotBegunIsNoAlarm) {
  DeciderOptions options;
  options.start = 2 * kSecond;
  Rig rig(options);
  rig.Drive(2 * kSecond + 195 * kMillisecond, CameraState::kSilent);
  EXPECT_EQ(rig.health_.cameras[0].state.load(), CameraState::kWaiting);
  EXPECT_EQ(rig.health_.cameras[0].alarms.get(), 0u);
  rig.Drive(2 * kSecond + 205 * kMillisecond, CameraState::kSilent);
  EXPECT_EQ(rig.health_.cameras[0].state.load(), CameraState::kSilent);
}

TEST(Decider, WithTheSwitchOffNothingOpens) {
  Rig rig;
  rig.valves_.SetMaster(false);
  rig.Drive(2 * kSecond);
  rig.Drive(3 * kSecond, CameraState::kSilent);
  EXPECT_EQ(rig.Opened(0, 24), 0);
  EXPECT_GT(rig.health_.ticks_off.get(), 1000u);
}

TEST(FrameJudge, KnowsFramesThatShowNothing) {
  std::vector<uint8_t> pixels(640 * 480);
  const FrameView frame{.data = pixels.data(),
                        .width = 640,
                        .height = 480,
                        .stride = 640,
                        .format = PixelFormat::kBayerRggb8};
  FrameJudge judge;
  EXPECT_EQ(judge.Judge(frame), CameraState::kBlack);
  uint32_t noise = 1;
  const auto draw = [&](int from, int width) {
    for (uint8_t& pixel : pixels) {
      noise = noise * 1664525 + 1013904223;
      pixel = static_cast<uint8_t>(from + static_cast<int>(noise >> 24) * width / 256);
    }
  };
  draw(60, 80);
  EXPECT_EQ(judge.Judge(frame), CameraState::kGood);
  EXPECT_EQ(judge.Judge(frame), CameraState::kStuck);
  draw(60, 80);
  EXPECT_EQ(judge.Judge(frame), CameraState::kGood);
  draw(240, 16);
  EXPECT_EQ(judge.Judge(frame), CameraState::kOverexposed);
}

}  // namespace
}  // namespace furrow::edge
