// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/projection.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "edge/boom/sine.h"

namespace furrow::edge {
namespace {

/// 1.5625 mm a pixel, 1.5 m before the nozzle line.
Camera Down() {
  Camera camera;
  camera.width = 1920;
  camera.height = 1200;
  camera.focal = 960;
  camera.centre_u = 960;
  camera.centre_v = 600;
  camera.x = 1.5;
  camera.y = -3;
  camera.height_m = 1.5;
  camera.pitch = kPi / 2;
  return camera;
}

TEST(Sine, IsTheSine) {
  for (double angle = -7; angle < 7; angle += 0.01) {
    EXPECT_NEAR(Sine(angle), std::sin(angle), 1e-15) << angle;
    EXPECT_NEAR(Cosine(angle), std::cos(angle), 1e-15) << angle;
  }
}

TEST(Projection, StraightDownUpIsForwardAndLeftIsLeft) {
  const Projection projection(Down());
  double x = 0, y = 0;
  ASSERT_TRUE(projection.ToGround(960, 600, x, y));
  EXPECT_NEAR(x, 1.5, 1e-12);
  EXPECT_NEAR(y, -3, 1e-12);
  ASSERT_TRUE(projection.ToGround(0, 0, x, y));  // upper left corner
  EXPECT_NEAR(x, 1.5 + 600 * 1.5 / 960, 1e-12);
  EXPECT_NEAR(y, -3 + 1.5, 1e-12);
  double u = 0, v = 0;
  ASSERT_TRUE(projection.ToPixel(1.5, -3.15625, u, v));  // 100 pixels to the right
  EXPECT_NEAR(u, 1060, 1e-9);
  EXPECT_NEAR(v, 600, 1e-9);
}

TEST(Projection, PitchedCentreFallsWhereTheAngleSays) {
  Camera camera = Down();
  camera.pitch = 0.9;
  const Projection projection(camera);
  double x = 0, y = 0;
  ASSERT_TRUE(projection.ToGround(960, 600, x, y));
  EXPECT_NEAR(x, 1.5 + 1.5 / std::tan(0.9), 1e-12);
  EXPECT_NEAR(y, -3, 1e-12);
  double far = 0;
  ASSERT_TRUE(projection.ToGround(960, 100, far, y));
  EXPECT_NEAR(far, 1.5 + 1.5 / std::tan(0.9 - std::atan(500.0 / 960)), 1e-9);
}

TEST(Projection, HigherUpItSeesFarther) {
  Camera camera = Down();  // 1.5 m high
  camera.pitch = 0.9;
  const Projection projection(camera);
  camera.height_m = 1.8;
  const Projection higher(camera);
  for (const double u : {0.0, 700.0, 1900.0}) {
    double x = 0, y = 0, x_higher = 0, y_higher = 0, back_u = 0, back_v = 0;
    ASSERT_TRUE(projection.ToGround(u, 500, x, y, 0.3));
    ASSERT_TRUE(higher.ToGround(u, 500, x_higher, y_higher));
    EXPECT_NEAR(x, x_higher, 1e-12);
    EXPECT_NEAR(y, y_higher, 1e-12);
    ASSERT_TRUE(projection.ToPixel(x, y, back_u, back_v, 0.3));
    EXPECT_NEAR(back_u, u, 1e-9);
    EXPECT_NEAR(back_v, 500, 1e-9);
  }
  double x = 0, y = 0;
  EXPECT_FALSE(projection.ToGround(960, 600, x, y, -1.5));  // it lies on the ground
}

TEST(Projection, YawTurnsToTheLeft) {
  Camera camera = Down();
  camera.pitch = 0.9;
  camera.yaw = 0.3;
  const Projection projection(camera);
  double x = 0, y = 0;
  ASSERT_TRUE(projection.ToGround(960, 600, x, y));
  EXPECT_NEAR(y, -3 + std::sin(0.3) * 1.5 / std::tan(0.9), 1e-12);
  EXPECT_NEAR(x, 1.5 + std::cos(0.3) * 1.5 / std::tan(0.9), 1e-12);
}

TEST(Projection, RollLowersTheLeftSide) {
  Camera camera = Down();
  camera.pitch = 0.5;
  camera.roll = 0.2;
  const Projection projection(camera);
  double left = 0, right = 0, y = 0;
  ASSERT_TRUE(projection.ToGround(760, 600, left, y));
  ASSERT_TRUE(projection.ToGround(1160, 600, right, y));
  EXPECT_LT(left, right);  // what is seen lower is nearer
}

TEST(Projection, GoesThereAndBack) {
  for (const double pitch : {0.6, 1.0, 1.4, kPi / 2}) {
    for (const double k1 : {0.0, -0.15, 0.2}) {
      Camera camera = Down();
      camera.pitch = pitch;
      camera.roll = 0.05;
      camera.yaw = -0.2;
      camera.k1 = k1;
      camera.k2 = k1 * -0.1;
      const Projection projection(camera);
      for (double v = 0; v <= 1200; v += 100) {
        for (double u = 0; u <= 1920; u += 120) {
          double x = 0, y = 0, u2 = 0, v2 = 0;
          if (!projection.ToGround(u, v, x, y)) continue;  // above the horizon
          ASSERT_TRUE(projection.ToPixel(x, y, u2, v2)) << u << " " << v;
          EXPECT_NEAR(u2, u, 1e-6);
          EXPECT_NEAR(v2, v, 1e-6);
        }
      }
    }
  }
}

TEST(Projection, BarrelPullsInwards) {
  Camera camera = Down();
  camera.k1 = -0.1;
  const Projection projection(camera);
  double u = 0, v = 0;
  ASSERT_TRUE(projection.ToPixel(1.5, -3 - 1.5, u, v));  // normalised radius 1
  EXPECT_NEAR(u, 960 + 960 * 0.9, 1e-9);
  EXPECT_NEAR(v, 600, 1e-9);
}

TEST(Projection, RefusesSkyAndFoldedLens) {
  Camera camera = Down();
  camera.pitch = 0.3;
  double x = 7, y = 7;
  EXPECT_FALSE(Projection(camera).ToGround(960, 0, x, y));
  EXPECT_EQ(x, 7);
  camera = Down();
  camera.k1 = -0.3;  // folds at a normalised radius of 1.054, drawn at 0.703
  const Projection folded(camera);
  EXPECT_FALSE(folded.ToGround(960 + 960 * 0.71, 600, x, y));
  EXPECT_TRUE(folded.ToGround(960 + 960 * 0.69, 600, x, y));
  EXPECT_FALSE(folded.ToPixel(1.5, -3 - 1.5 * 1.1, x, y));
  camera.pitch = 0.5;
  EXPECT_FALSE(Projection(camera).ToPixel(-5, -3, x, y));  // behind
}

// The very bits: any processor and any optimisation must repeat them.
TEST(Projection, IsTheSameEverywhere) {
  Camera camera = Down();
  camera.pitch = 1.1;
  camera.roll = 0.02;
  camera.yaw = 0.1;
  camera.k1 = -0.12;
  camera.k2 = 0.01;
  const Projection projection(camera);
  uint64_t folded = 0;
  for (int i = 0; i < 1000; ++i) {
    double x = 0, y = 0;
    ASSERT_TRUE(projection.ToGround(i * 1.9, i * 1.2, x, y));
    uint64_t bits[2];
    std::memcpy(&bits[0], &x, 8);
    std::memcpy(&bits[1], &y, 8);
    folded = (folded * 31 + bits[0]) * 31 + bits[1];
  }
  EXPECT_EQ(folded, 5997515577938510553u);
}

}  // namespace
}  // namespace furrow::edge
