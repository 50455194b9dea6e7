// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/network_input.h"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

Segmentation How(int scale) {
  return {.scale = scale,
          .mean = {0.4, 0.3, 0.2},
          .deviation = {0.1, 0.2, 0.3},
          .multiple = 1,
          .tile_max = 64,
          .overlap = 0};
}

/// The mean of a colour (0 red, 1 green, 2 blue) over a square, as the definition says it.
double Mean(const FrameView& frame, int scale, int column, int row, int colour) {
  double sum = 0;
  int count = 0;
  for (int y = row * scale; y < (row + 1) * scale; ++y) {
    for (int x = column * scale; x < (column + 1) * scale; ++x) {
      const uint8_t* line = frame.data + y * frame.stride;
      if (frame.format == PixelFormat::kRgb8) {
        sum += line[3 * x + colour];
      } else if (y % 2 + x % 2 == colour) {
        sum += line[x];
      } else {
        continue;
      }
      ++count;
    }
  }
  return sum / count;
}

void ExpectInput(const FrameView& frame, const Segmentation& how, int left, int top, int width,
                 int height) {
  std::vector<float> planes(static_cast<size_t>(3 * width * height), -99);
  FillInput(frame, how, left, top, width, height, planes.data());
  size_t i = 0;
  for (int c = 0; c < 3; ++c) {
    const int colour = how.blue_first ? 2 - c : c;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x, ++i) {
        const int column = std::min(left + x, frame.width / how.scale - 1);
        const int row = std::min(top + y, frame.height / how.scale - 1);
        const auto k = static_cast<size_t>(colour);
        const double expected =
            (Mean(frame, how.scale, column, row, colour) / 255 - how.mean[k]) / how.deviation[k];
        ASSERT_NEAR(planes[i], expected, 1e-5) << c << " " << y << " " << x;
      }
    }
  }
}

TEST(NetworkInput, IsTheNormalisedMeanOfEachSquare) {
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(3 * 611 * 40 + 40 * 5);
  std::ranges::generate(bytes, [&] { return static_cast<uint8_t>(random()); });
  for (const int scale : {1, 2, 4, 8}) {
    SCOPED_TRACE(scale);
    const FrameView rgb{.data = bytes.data(), .width = 611, .height = 39, .stride = 3 * 611 + 5};
    ExpectInput(rgb, How(scale), 0, 0, 611 / scale, 39 / scale);
    ExpectInput(rgb, How(scale), 3, 2, 40, 32 / scale);
    ExpectInput(rgb, How(scale), 60, 1, 611 / scale, 45);  // beyond the right and the lower edge
    Segmentation how = How(scale);
    how.blue_first = true;
    ExpectInput(rgb, how, 1, 1, 20, 3);
    if (scale == 1) continue;
    FrameView bayer = rgb;
    bayer.format = PixelFormat::kBayerRggb8;
    ExpectInput(bayer, How(scale), 1, 0, 611 / scale + 3, 39 / scale + 2);
  }
}

}  // namespace
}  // namespace furrow::edge
