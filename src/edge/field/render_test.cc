// SPDX-License-Identifier: Apache-2.0
#include "edge/field/render.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "edge/boom/sine.h"
#include "edge/field/random.h"

namespace furrow::edge {
namespace {

/// Straight down, `mm` to a pixel, one metre before the nozzle line.
Camera Down(int width, int height, double mm) {
  Camera camera;
  camera.width = width;
  camera.height = height;
  camera.height_m = 1.25;
  camera.focal = camera.height_m / (mm * 1e-3);
  camera.centre_u = width / 2.0;
  camera.centre_v = height / 2.0;
  camera.x = 1;
  camera.pitch = kPi / 2;
  return camera;
}

uint64_t Fold(const std::vector<uint8_t>& bytes) {
  uint64_t folded = bytes.size();
  for (const uint8_t byte : bytes) folded = folded * 31 + byte;
  return folded;
}

double Mean(const std::vector<uint8_t>& bytes) {
  double sum = 0;
  for (const uint8_t byte : bytes) sum += byte;
  return sum / static_cast<double>(bytes.size());
}

/// Compares the box of each plant that stands alone within the view with the box of its pixels.
/// Returns how many plants that were.
int CompareBoxes(const FieldOptions& options, double mm) {
  const Field field(options);
  const Camera camera = Down(1600, 1200, mm);
  Renderer renderer(field, camera);
  std::vector<uint8_t> pixels, mask;
  int compared = 0;
  for (int frame = 0; frame < 3; ++frame) {
    const Microns s = frame * kMetre;
    renderer.Render({.s = s}, PixelFormat::kRgb8, pixels, &mask);
    std::vector<Plant> plants;
    field.PlantsIn(s - kMetre, s + 3 * kMetre, plants);
    // A plant's box in pixels, edges included; v grows against x.
    const auto box = [&](const Plant& plant, double out[4]) {
      const double x = FromMillionths(plant.x - s) - camera.x, y = FromMillionths(plant.y);
      const double length = FromMillionths(plant.length), width = FromMillionths(plant.width);
      out[0] = 800 - (y + width / 2) * 1000 / mm;
      out[1] = 800 - (y - width / 2) * 1000 / mm;
      out[2] = 600 - (x + length / 2) * 1000 / mm;
      out[3] = 600 - (x - length / 2) * 1000 / mm;
    };
    for (const Plant& plant : plants) {
      double b[4];
      box(plant, b);
      if (b[0] < 4 || b[1] > 1596 || b[2] < 4 || b[3] > 1196) continue;
      const bool alone = std::ranges::none_of(plants, [&](const Plant& other) {
        double o[4];
        box(other, o);
        return other.id != plant.id && o[0] < b[1] + 4 && o[1] > b[0] - 4 && o[2] < b[3] + 4 &&
               o[3] > b[2] - 4;
      });
      if (!alone) continue;
      int u0 = 1600, u1 = 0, v0 = 1200, v1 = 0;
      for (int v = static_cast<int>(b[2]) - 3; v < b[3] + 3; ++v) {
        for (int u = static_cast<int>(b[0]) - 3; u < b[1] + 3; ++u) {
          if (mask[static_cast<size_t>(v) * 1600 + u] == 0) continue;
          EXPECT_EQ(mask[static_cast<size_t>(v) * 1600 + u], plant.weed ? kWeedMask : kCropMask);
          u0 = std::min(u0, u);
          u1 = std::max(u1, u + 1);
          v0 = std::min(v0, v);
          v1 = std::max(v1, v + 1);
        }
      }
      const char* const name = AllSpecies()[plant.species].name;
      EXPECT_NEAR(u0, b[0], 1) << name;
      EXPECT_NEAR(u1, b[1], 1) << name;
      EXPECT_NEAR(v0, b[2], 1) << name;
      EXPECT_NEAR(v1, b[3], 1) << name;
      ++compared;
    }
  }
  return compared;
}

TEST(Render, TruthIsWhatIsDrawn) {
  int compared = 0;
  for (const Stage stage : {Stage::kSeedling, Stage::kYoung, Stage::kGrown}) {
    compared += CompareBoxes({.seed = 8,
                              .width_m = 2,
                              .weeds_per_m2 = 12,
                              .patchiness = 0,
                              .unseen_share = 0.3,
                              .stage = stage},
                             0.6);
  }
  EXPECT_GT(compared, 40);
  for (const Crop crop : {Crop::kMaize, Crop::kBeet, Crop::kSoy, Crop::kCereal}) {
    EXPECT_GT(CompareBoxes({.seed = 9,
                            .width_m = 2,
                            .weeds_per_m2 = 0,
                            .crop = crop,
                            .row_m = 0.5,
                            .in_row_m = 0.4},
                           0.8),
              2);
  }
}

TEST(Render, TiltedAndTurnedItStillDrawsWithinTheTruth) {
  const Field field({.seed = 4, .width_m = 8, .weeds_per_m2 = 10, .crop = Crop::kBeet});
  Camera camera = Down(960, 600, 1.5);
  camera.pitch = 0.9;
  camera.roll = 0.05;
  camera.yaw = 0.1;
  camera.k1 = -0.1;
  Renderer renderer(field, camera);
  const Shot shot{.s = 20 * kMetre, .lateral = 300'000, .heading = 0.2};
  std::vector<uint8_t> pixels, mask;
  renderer.Render(shot, PixelFormat::kRgb8, pixels, &mask);
  std::vector<Plant> plants;
  field.PlantsIn(15 * kMetre, 40 * kMetre, plants);
  const Projection projection(camera);
  int drawn = 0;
  for (int v = 0; v < 600; v += 3) {
    for (int u = 0; u < 960; u += 3) {
      if (mask[static_cast<size_t>(v) * 960 + u] == 0) continue;
      double x = 0, y = 0;
      ASSERT_TRUE(projection.ToGround(u + 0.5, v + 0.5, x, y));
      const double wx = 20 + x * std::cos(0.2) - y * std::sin(0.2);
      const double wy = 0.3 + x * std::sin(0.2) + y * std::cos(0.2);
      const bool known = std::ranges::any_of(plants, [&](const Plant& plant) {
        constexpr double kSlack = 0.004;
        return std::abs(wx - FromMillionths(plant.x)) <=
                   FromMillionths(plant.length) / 2 + kSlack &&
               std::abs(wy - FromMillionths(plant.y)) <= FromMillionths(plant.width) / 2 + kSlack;
      });
      EXPECT_TRUE(known) << u << " " << v;
      ++drawn;
    }
  }
  EXPECT_GT(drawn, 500);
}

TEST(Render, TheFieldStaysWhereItIs) {
  const Field field({.seed = 4, .width_m = 4, .weeds_per_m2 = 20, .patchiness = 0});
  Renderer renderer(field, Down(400, 300, 1));
  std::vector<uint8_t> pixels, before, after;
  renderer.Render({.s = 9'999 * kMetre}, PixelFormat::kRgb8, pixels, &before);
  renderer.Render({.s = 9'999 * kMetre + 100'000}, PixelFormat::kRgb8, pixels, &after);
  int differ = 0, plant = 0;
  for (size_t i = 0; i + 100 * 400 < before.size(); ++i) {
    differ += before[i] != after[i + 100 * 400] ? 1 : 0;
    plant += before[i] != 0 ? 1 : 0;
  }
  EXPECT_GT(plant, 1000);
  EXPECT_LT(differ, plant / 100);  // single precision may turn a pixel at an edge
}

TEST(Render, IsTheSameEverywhere) {
  for (int soil = 0; soil < kSoils; ++soil) {
    const Field field({.seed = 2,
                       .width_m = 4,
                       .weeds_per_m2 = 20,
                       .unseen_share = 0.2,
                       .soil = static_cast<Soil>(soil),
                       .crop = Crop::kMaize,
                       .dew = 0.5,
                       .dust = 0.2});
    Renderer renderer(field, Down(240, 160, 2));
    std::vector<uint8_t> pixels, mask;
    renderer.Render({.s = kMetre, .speed_mps = 6, .exposure_s = 0.001}, PixelFormat::kRgb8, pixels,
                    &mask);
    constexpr uint64_t kPixels[] = {2299142630767916843u, 2876564300273755274u,
                                    7346075816164226421u, 12150288788277439680u,
                                    4162273157969047225u};
    EXPECT_EQ(Fold(pixels), kPixels[soil]);
    EXPECT_EQ(Fold(mask), 14951819262815468255u);
  }
}

TEST(Render, BayerIsTheMosaicOfTheColours) {
  const Field field({.seed = 2, .width_m = 4, .weeds_per_m2 = 20});
  Renderer renderer(field, Down(240, 160, 2));
  std::vector<uint8_t> colours, mosaic;
  renderer.Render({.noise = 0}, PixelFormat::kRgb8, colours);
  renderer.Render({.noise = 0}, PixelFormat::kBayerRggb8, mosaic);
  ASSERT_EQ(mosaic.size() * 3, colours.size());
  for (size_t v = 0; v < 160; ++v) {
    for (size_t u = 0; u < 240; ++u) {
      const size_t channel = v % 2 == 0 && u % 2 == 0 ? 0 : v % 2 == 1 && u % 2 == 1 ? 2 : 1;
      ASSERT_EQ(mosaic[v * 240 + u], colours[(v * 240 + u) * 3 + channel]);
    }
  }
}

TEST(Render, FaultsShow) {
  const Field field({.seed = 2, .width_m = 4, .weeds_per_m2 = 20});
  Renderer renderer(field, Down(240, 160, 2));
  std::vector<uint8_t> pixels, mask;
  renderer.Render({.s = 0}, PixelFormat::kRgb8, pixels);
  const auto good = pixels;
  EXPECT_GT(Mean(good), 80);
  EXPECT_LT(Mean(good), 180);
  renderer.Render({.s = kMetre, .fault = FrameFault::kStuck}, PixelFormat::kRgb8, pixels, &mask);
  EXPECT_EQ(pixels, good);
  EXPECT_GT(Mean(mask), 0);
  renderer.Render({.fault = FrameFault::kOverexposed}, PixelFormat::kRgb8, pixels);
  EXPECT_GT(Mean(pixels), 235);
  renderer.Render({.fault = FrameFault::kBlack}, PixelFormat::kRgb8, pixels);
  EXPECT_EQ(Mean(pixels), 0);
  renderer.Render({.gain = 0.5, .sequence = 1}, PixelFormat::kRgb8, pixels);
  EXPECT_NEAR(Mean(pixels), Mean(good) * std::sqrt(0.5), 2);
}

TEST(Render, MotionBlursAlongTheWay) {
  const Field field({.seed = 2, .width_m = 4, .weeds_per_m2 = 20});
  Renderer renderer(field, Down(240, 160, 2));
  // The mean step from a pixel to the one below, and to the one on the right.
  const auto steps = [&](double speed, double& along, double& aside) {
    std::vector<uint8_t> pixels;
    renderer.Render({.speed_mps = speed, .exposure_s = 0.001, .noise = 0}, PixelFormat::kRgb8,
                    pixels);
    along = aside = 0;
    for (size_t i = 0; i < 239 * 3 + 720 * 158; ++i) {
      along += std::abs(pixels[i] - pixels[i + 720]);
      aside += std::abs(pixels[i] - pixels[i + 3]);
    }
  };
  double along = 0, aside = 0, blurred_along = 0, blurred_aside = 0;
  steps(0, along, aside);
  steps(12, blurred_along, blurred_aside);  // 6 pixels
  EXPECT_LT(blurred_along, 0.4 * along);
  EXPECT_GT(blurred_aside, 0.4 * aside);
}

TEST(Render, HorizonIsNoGround) {
  const Field field({.seed = 2, .width_m = 4, .weeds_per_m2 = 20});
  Camera camera = Down(320, 200, 4);
  camera.pitch = 0.2;
  Renderer renderer(field, camera);
  std::vector<uint8_t> pixels, mask;
  renderer.Render({}, PixelFormat::kRgb8, pixels, &mask);
  for (size_t i = 0; i < 320 * 10; ++i) EXPECT_EQ(mask[i], 0);
  EXPECT_GT(Mean(mask), 0);
}

}  // namespace
}  // namespace furrow::edge
