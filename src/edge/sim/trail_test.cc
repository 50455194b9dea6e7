// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/trail.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

TEST(Trail, IsTheDriveToAHundredthOfAMillimetre) {
  const Drive drive = FieldDrive({}, 400 * kMetre);
  Trail trail(drive);
  for (int64_t ms = 0; ms < 60'000; ms += 7) {
    const Nanos t = ms * kMillisecond;
    trail.ReachFor(FromBillionths(t));
    const DrivePose is = drive.At(t);
    const TruePose pose = trail.At(FromBillionths(t));
    ASSERT_NEAR(pose.s, FromMillionths(is.s), 1e-5);
    ASSERT_NEAR(pose.v, FromMillionths(is.v), 1e-5);
    ASSERT_NEAR(pose.x, FromMillionths(is.x), 2e-5);
    ASSERT_NEAR(pose.y, FromMillionths(is.y), 2e-5);
    ASSERT_NEAR(pose.heading, FromBillionths(is.heading), 1e-6);
    const TruePose ahead = trail.AtDistance(pose.s + 4);
    ASSERT_NEAR(FromMillionths(drive.MotionAt(ToBillionths(ahead.t)).s), pose.s + 4, 2e-5);
  }
}

TEST(Trail, AMachineThatStandsIsNotWaitedFor) {
  Drive drive(2 * kMetre);
  drive.Hold(kSecond).Change(0, 2'000'000).Hold(300 * kSecond).Change(kMetre, 1'000'000);
  Trail trail(drive);
  trail.ReachFor(10);
  EXPECT_NEAR(trail.At(10).s, 3, 1e-6);
  EXPECT_NEAR(trail.AtDistance(3).s, 3, 1e-6);
}

}  // namespace
}  // namespace furrow::edge
