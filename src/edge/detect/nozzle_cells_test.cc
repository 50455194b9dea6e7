// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/nozzle_cells.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "edge/boom/standard.h"

namespace furrow::edge {
namespace {

// Looks straight down on 2.5 m x 2 m, from x = 0.5 m to 2.5 m, at 1 cm a pixel.
Camera Plumb() {
  Camera camera;
  camera.name = "plumb";
  camera.width = 250;
  camera.height = 200;
  camera.focal = 100;
  camera.centre_u = 125;
  camera.centre_v = 100;
  camera.x = 1.5;
  camera.height_m = 1;
  camera.pitch = 1.5707963267948966;
  return camera;
}

constexpr CellGrid kGrid{.pitch_m = 0.25, .left_m = 1.0, .columns = 8};  // y from 1 m to -1 m

Detection Weed(int left, int top, int right, int bottom) {
  return {left, top, right, bottom, 1, PlantKind::kWeed};
}

std::vector<size_t> OpenOf(const NozzleCells& cells, std::vector<Detection> found) {
  std::vector<uint8_t> open;
  cells.Decide(found, open);
  std::vector<size_t> which;
  for (size_t i = 0; i < open.size(); ++i) {
    if (open[i] != 0) which.push_back(i);
  }
  return which;
}

TEST(NozzleCells, AreThoseThatAreSeenWhole) {
  const auto cells = NozzleCells::Make(Plumb(), kGrid);
  ASSERT_TRUE(cells.ok()) << cells.status().ToString();
  // Rows 2 to 9 (0.5 m to 2.5 m), of which rounding may take the outermost, times eight columns.
  EXPECT_GE(cells->count(), 6U * 8);
  EXPECT_LE(cells->count(), 8U * 8);
}

TEST(NozzleCells, OpenWhereABoxReachesIn) {
  Camera camera = Plumb();
  camera.height = 210;  // half a decimetre more, so that rows 2 to 9 are whole for certain
  camera.centre_v = 105;
  const auto cells = NozzleCells::Make(camera, kGrid);
  ASSERT_TRUE(cells.ok());
  ASSERT_EQ(cells->count(), 64U);
  // A pixel (u, v) is the ground x = 1.5 + (105 - v) / 100, y = (125 - u) / 100.
  EXPECT_EQ(OpenOf(*cells, {Weed(26, 203, 29, 204)}), std::vector<size_t>({0}));
  EXPECT_EQ(OpenOf(*cells, {Weed(26, 175, 29, 185)}), std::vector<size_t>({0, 8}));
  EXPECT_EQ(OpenOf(*cells, {Weed(222, 6, 224, 8)}), std::vector<size_t>({63}));
  EXPECT_EQ(OpenOf(*cells, {Weed(45, 203, 55, 204)}), std::vector<size_t>({0, 1}));
  EXPECT_EQ(OpenOf(*cells, {Weed(2, 203, 9, 204)}), std::vector<size_t>()) << "beside the boom";
  EXPECT_EQ(OpenOf(*cells, {}), std::vector<size_t>());
  Detection crop = Weed(26, 203, 29, 204);
  crop.kind = PlantKind::kCrop;
  EXPECT_EQ(OpenOf(*cells, {crop}), std::vector<size_t>());
  crop.kind = PlantKind::kPlant;  // an index cannot tell, and all of it is sprayed
  EXPECT_EQ(OpenOf(*cells, {crop}), std::vector<size_t>({0}));
  EXPECT_EQ(OpenOf(*cells, {Weed(0, 0, 250, 210)}).size(), 64U);
}

TEST(NozzleCells, EachPixelLiesInTheCellThatItsBoxOpens) {
  const Boom boom = StandardBoom(1);
  const auto cells = NozzleCells::Make(boom.cameras[0], GridOf(boom));
  ASSERT_TRUE(cells.ok());
  const Camera& camera = boom.cameras[0];
  const std::vector<int32_t> of = cells->CellOfPixels(2);
  ASSERT_EQ(of.size(), static_cast<size_t>(camera.width / 2 * (camera.height / 2)));
  size_t within = 0;
  for (int y = 1; y < camera.height / 2; y += 37) {
    for (int x = 1; x < camera.width / 2; x += 41) {
      const int32_t cell = of[static_cast<size_t>(y * (camera.width / 2) + x)];
      if (cell < 0) continue;
      ++within;
      const auto open = OpenOf(*cells, {Weed(2 * x, 2 * y, 2 * x + 2, 2 * y + 2)});
      EXPECT_EQ(std::ranges::count(open, static_cast<size_t>(cell)), 1) << x << " " << y;
    }
  }
  EXPECT_GT(within, 200U);
}

TEST(NozzleCells, TheGridIsTheBooms) {
  const CellGrid grid = GridOf(StandardBoom(1));
  EXPECT_DOUBLE_EQ(grid.pitch_m, 0.25);
  EXPECT_DOUBLE_EQ(grid.left_m, 1.5);
  EXPECT_EQ(grid.columns, 12);
  EXPECT_FALSE(NozzleCells::Make(Plumb(), {0, 1, 8}).ok());
  EXPECT_FALSE(NozzleCells::Make(Plumb(), {0.25, 100, 8}).ok()) << "nothing of it in view";
}

TEST(CellBits, AreReadAgain) {
  const std::vector<uint8_t> open = {1, 0, 0, 0, 1, 1, 0, 1, 0, 1};
  EXPECT_EQ(CellBits(open), "b102");
  const auto again = CellsFromBits("b102", 10);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, open);
  for (const char* bad : {"", "b1", "b10200", "B102", "b1 2", "b104"}) {
    EXPECT_FALSE(CellsFromBits(bad, 10).ok()) << bad;
  }
}

}  // namespace
}  // namespace furrow::edge
