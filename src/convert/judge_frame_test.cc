// SPDX-License-Identifier: Apache-2.0
#include "convert/judge_frame.h"

#include <gtest/gtest.h>

#include "convert/check.h"
#include "edge/boom/standard.h"
#include "edge/detect/class_rows.h"

namespace furrow::convert {
namespace {

// Looks straight down on y from 1.25 m to -1.25 m and x from 0.45 m to 2.55 m, at 1 cm a pixel.
edge::Camera Plumb() {
  edge::Camera camera;
  camera.width = 250;
  camera.height = 210;
  camera.fps = 10;
  camera.focal = 100;
  camera.centre_u = 125;
  camera.centre_v = 105;
  camera.x = 1.5;
  camera.height_m = 1;
  camera.pitch = 1.5707963267948966;
  return camera;
}

struct Box {
  int left, top, right, bottom;
};

/// As a detector that is never wrong about these boxes would say it.
Judgement Saw(const std::vector<Box>& weeds) {
  Judgement j{.width = 250, .height = 210};
  j.classes.assign(250 * 210, edge::kNoPlant);
  for (const Box& b : weeds) {
    for (int y = b.top; y < b.bottom; ++y) {
      for (int x = b.left; x < b.right; ++x) {
        j.classes[static_cast<size_t>(y * 250 + x)] = edge::kWeedPixel;
      }
    }
    j.found.push_back({b.left, b.top, b.right, b.bottom, (b.right - b.left) * (b.bottom - b.top),
                       edge::PlantKind::kWeed});
  }
  return j;
}

edge::Image Mask(const std::vector<Box>& weeds) {
  edge::Image mask{250, 210, 1, Saw(weeds).classes};
  return mask;
}

class Tally : public ::testing::Test {
 protected:
  FrameTallier tallier_{edge::NozzleCells::Make(Plumb(), {0.25, 1.0, 8}).value(), 4};
  const Box nearest_{26, 190, 30, 194}, next_{60, 190, 64, 194}, far_{200, 20, 204, 24};
};

TEST_F(Tally, CountsFlipsPixelsAndCells) {
  const FrameTally t = tallier_.Count(Saw({nearest_, next_}), Saw({nearest_, far_}), {});
  EXPECT_FALSE(t.has_truth);
  EXPECT_EQ(t.cells, 64U);
  EXPECT_EQ(t.open_source, 2U);
  EXPECT_EQ(t.open_result, 2U);
  EXPECT_EQ(t.flips, 2U);
  EXPECT_EQ(t.source_result[2][2], 16U);
  EXPECT_EQ(t.source_result[2][0], 16U);
  EXPECT_EQ(t.source_result[0][2], 16U);
  EXPECT_EQ(t.source_result[0][0], 250U * 210 - 48);
  EXPECT_EQ(t.weeds, 0U);
}

TEST_F(Tally, JudgesByTheTruth) {
  const FrameTally t =
      tallier_.Count(Saw({nearest_, next_}), Saw({nearest_, far_}), Mask({nearest_, next_}));
  EXPECT_TRUE(t.has_truth);
  EXPECT_EQ(t.weeds, 2U);
  EXPECT_EQ(t.missed_source, 0U);
  EXPECT_EQ(t.missed_result, 1U);
  EXPECT_EQ(t.wasted_source, 0U);
  EXPECT_EQ(t.wasted_result, 1U);
  EXPECT_EQ(t.truth_result[2][0], 16U);
}

TEST_F(Tally, SmallWeedsAndThoseOutsideCellsAreNone) {
  const Box tiny{26, 190, 27, 192}, beside{2, 100, 10, 108};
  const FrameTally t = tallier_.Count(Saw({}), Saw({}), Mask({tiny, beside}));
  EXPECT_EQ(t.weeds, 0U);
  EXPECT_EQ(t.missed_result, 0U);
}

TEST(BudgetOf, FollowsTheFormula) {
  edge::Boom boom = edge::StandardBoom(1);
  boom.cameras = {Plumb()};
  Policy policy;
  policy.speed_mps = 5;
  policy.other_ms = 20;
  const Budget budget = BudgetOf(boom, policy);
  // The far edge 2.55 m less half a metre a frame.
  const double way =
      2.55 - 0.5 - edge::FromMillionths(boom.margin_on) - edge::FromMillionths(boom.footprint) / 2;
  const double delays = edge::FromBillionths(boom.LongestOpenDelay());
  EXPECT_NEAR(budget.deadline_ms, 1e3 * (way / 5 - delays) - 20, 0.5);
  EXPECT_DOUBLE_EQ(budget.period_ms, 100);
  EXPECT_EQ(budget.frame_ms, budget.period_ms);
  policy.cameras_per_thread = 4;
  EXPECT_DOUBLE_EQ(BudgetOf(boom, policy).frame_ms, 25);
  boom.cameras[0].fps = 1;  // slower than weeds pass: only the near edge is certain
  policy.cameras_per_thread = 1;
  const double near =
      0.45 - edge::FromMillionths(boom.margin_on) - edge::FromMillionths(boom.footprint) / 2;
  EXPECT_NEAR(BudgetOf(boom, policy).deadline_ms, 1e3 * (near / 5 - delays) - 20, 0.5);
}

}  // namespace
}  // namespace furrow::convert
