// SPDX-License-Identifier: Apache-2.0
// A look that does not end: who looks then, at what, and what comes back.
#include "edge/live/looker.h"

#include <cstring>
#include <map>

#include <gtest/gtest.h>

#include "edge/boom/clock.h"
#include "edge/boom/standard.h"

namespace furrow::edge {
namespace {

constexpr Nanos kHungAfter = 100 * kMillisecond;

/// One thread for two cameras, whose first suffers drills. Frames are put in by hand.
class Rig {
 public:
  explicit Rig(std::vector<CameraFault> drills)
      : boom_(SmallBoom()),
        health_(2),
        looker_(health_, {.hung_after = kHungAfter, .drills = std::move(drills)}) {
    for (int i = 0; i < 2; ++i) {
      const Camera& camera = boom_.cameras[static_cast<size_t>(i)];
      const auto index = [&camera] {
        return Eye(camera, PixelFormat::kRgb8, Method::kAdaptive, 10, nullptr);
      };
      looker_.Add(i, frames_[i], index(), [this, index] {
        ++stand_ins_;
        return index();
      });
    }
    start_ = MonotonicNow();
    looker_.Start(start_);
  }
  ~Rig() { Stop(); }
  void Stop() {
    looker_.Stop();
    stopped_ = true;
  }

  void Frame(int camera) {
    FrameSlot& slot = frames_[camera].Next();
    slot.pixels.resize(static_cast<size_t>(64 * 48));
    for (uint8_t& pixel : slot.pixels) {
      noise_ = noise_ * 1664525 + 1013904223;
      pixel = static_cast<uint8_t>(60 + (noise_ >> 26));
    }
    slot.view = {.data = slot.pixels.data(),
                 .width = 64,
                 .height = 48,
                 .stride = 64,
                 .format = PixelFormat::kBayerRggb8,
                 .camera = camera,
                 .sequence = ++sequence_,
                 .captured = MonotonicNow()};
    frames_[camera].Publish();
    looker_.Ring();
  }

  /// Watches, and counts what was found of each camera, until `done` or for ten seconds.
  template <typename Done>
  void Watch(Done done) {
    for (const Nanos end = MonotonicNow() + 10 * kSecond; !done() && MonotonicNow() < end;) {
      SleepUntil(MonotonicNow() + kMillisecond);
      if (!stopped_) looker_.Watch(MonotonicNow());
      ByteRing& ring = looker_.findings();
      for (auto bytes = ring.Front(); bytes.data() != nullptr; bytes = ring.Front()) {
        FrameFindings head;
        std::memcpy(&head, bytes.data(), sizeof head);
        ++seen_[head.camera];
        ring.Release();
      }
    }
  }
  void WatchFor(Nanos span) {
    Watch([end = MonotonicNow() + span] { return MonotonicNow() >= end; });
  }
  const CameraHealth& camera(size_t i) const { return health_.cameras[i]; }

  static Boom SmallBoom() {
    Boom boom = StandardBoom(2);
    for (Camera& camera : boom.cameras) {
      camera.width = 64;
      camera.height = 48;
    }
    return boom;
  }

  const Boom boom_;
  Health health_;
  FrameExchange frames_[2];
  Looker looker_;
  Nanos start_ = 0;
  uint32_t noise_ = 1;
  uint64_t sequence_ = 0;
  bool stopped_ = false;
  std::atomic<int> stand_ins_{0};
  std::map<int, int> seen_;
};

CameraFault Hang(Nanos from, Nanos until) {
  return {.camera = 0, .kind = CameraFaultKind::kHung, .from = from, .until = until};
}

TEST(Looker, WhatDoesNotHangIsLeftAlone) {
  Rig rig({});
  for (int i = 1; i <= 4; ++i) {
    rig.Frame(0);
    rig.Frame(1);
    rig.Watch([&] { return rig.seen_[0] == i && rig.seen_[1] == i; });
  }
  EXPECT_EQ(rig.seen_[0], 4);
  EXPECT_EQ(rig.seen_[1], 4);
  rig.WatchFor(2 * kHungAfter);
  EXPECT_EQ(rig.camera(0).hung.get(), 0u);
  EXPECT_EQ(rig.stand_ins_, 0);
}

TEST(Looker, AHangTakesOneFrameOfOneCamera) {
  Rig rig({Hang(0, 2 * kSecond)});
  rig.Frame(0);
  rig.Watch([&] { return rig.camera(0).hung.get() > 0; });
  EXPECT_TRUE(rig.camera(0).stand_in);
  EXPECT_LT(MonotonicNow(), rig.start_ + 2 * kSecond) << "while it hangs";
  for (int i = 1; i <= 3; ++i) {
    rig.Frame(0);
    rig.Frame(1);
    rig.Watch([&] { return rig.seen_[0] == i && rig.seen_[1] == i; });
  }
  EXPECT_EQ(rig.seen_[0], 3) << "by the one that stands in";
  EXPECT_EQ(rig.seen_[1], 3);
  EXPECT_EQ(rig.camera(0).hung.get(), 1u);
  EXPECT_EQ(rig.camera(0).by_index.get(), 3u);
  EXPECT_EQ(rig.camera(1).by_index.get(), 0u);

  // When it comes back what it found is of no use any more, but its eye is.
  rig.Watch([&] { return !rig.camera(0).stand_in; });
  EXPECT_GE(MonotonicNow(), rig.start_ + 2 * kSecond);
  EXPECT_EQ(rig.seen_[0], 3);
  rig.Frame(0);
  rig.Watch([&] { return rig.seen_[0] == 4; });
  EXPECT_EQ(rig.seen_[0], 4);
  EXPECT_EQ(rig.camera(0).by_index.get(), 3u);
  EXPECT_EQ(rig.stand_ins_, 1);
  EXPECT_EQ(rig.frames_[0].spares(), 2);
}

TEST(Looker, ItMayHangAgain) {
  Rig rig({Hang(0, kSecond), Hang(kSecond, 2 * kSecond)});
  for (uint64_t i = 1; i <= 2; ++i) {
    rig.Frame(0);
    rig.Watch([&] { return rig.camera(0).stand_in.load(); });
    rig.Watch([&] { return !rig.camera(0).stand_in; });
    EXPECT_EQ(rig.camera(0).hung.get(), i);
    EXPECT_EQ(rig.frames_[0].spares(), 2);
  }
}

TEST(Looker, TheEndDoesNotWaitForIt) {
  Rig rig({Hang(0, 3 * kSecond)});
  rig.Frame(0);
  rig.Watch([&] { return rig.camera(0).hung.get() > 0; });
  rig.Stop();
  EXPECT_TRUE(rig.looker_.hung());
  rig.Watch([&] { return !rig.looker_.hung(); });
  EXPECT_FALSE(rig.looker_.hung());
}

TEST(Looker, NorDoesOneThatHasOnlyBegunToHang) {
  Rig rig({Hang(0, 4 * kSecond)});
  rig.Frame(0);
  rig.Watch([&] { return rig.camera(0).looked_at.get() > 0; });
  SleepUntil(MonotonicNow() + 10 * kMillisecond);
  rig.Stop();
  EXPECT_TRUE(rig.looker_.hung());
}

}  // namespace
}  // namespace furrow::edge
