// SPDX-License-Identifier: Apache-2.0
#include "edge/live/pose_feed.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

TEST(PoseFeed, AGeneratedDriveHasTheBoomAtTheHeightOfItsFile) {
  const Drive drive = DriveNamed("constant", 2'000'000, kEndlessDrive).value();
  for (const Microns height : {500'000, 800'000}) {
    const auto poses = DrivenPoses(drive, kSecond, height, 1);
    Pose pose;
    Microns most = 0;
    for (Nanos t = kSecond; t < 4 * kSecond; t += 10 * kMillisecond) {
      if (const auto now = poses->At(t)) pose = *now, most = std::max(most, std::abs(now->lift));
    }
    EXPECT_GT(pose.s, 5'000'000);
    EXPECT_LT(most, 30'000) << "an echo's noise; a boom of " << height;
  }
}

}  // namespace
}  // namespace furrow::edge
