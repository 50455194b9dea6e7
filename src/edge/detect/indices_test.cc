// SPDX-License-Identifier: Apache-2.0
// Values that OpenWeedLocator's own functions gave for these pixels (NumPy 2.4, OpenCV 5.0).
#include "edge/detect/indices.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "edge/detect/kernels.h"

namespace furrow::edge {
namespace {

const std::vector<uint8_t> kPixels = {
    0,   0,   0,   255, 255, 255, 0,   255, 0,   255, 0,   0,   0,   0,   255, 60,  90,  40,
    120, 100, 80,  30,  31,  30,  1,   2,   1,   5,   7,   0,   200, 220, 180, 90,  200, 90,
    100, 101, 99,  0,   1,   0,   10,  60,  20,  171, 206, 5,   206, 120, 131, 161, 73,  250,
    13,  71,  98,  146, 104, 33,  11,  0,   12,  38,  255, 48,  167, 192, 60,  72,  111, 67,
    249, 45,  229, 204, 216, 29,  100, 160, 126, 170, 173, 169, 15,  245, 142, 231, 69,  92,
    225, 47,  16,  95,  173, 31,  100, 97,  28,  74,  142, 81,  100, 94,  11,  93,  127, 72,
    30,  73,  50,  57,  105, 85,  46,  112, 36,  53,  135, 22,  55,  79,  22,  52,  126, 56,
    66,  83,  74,  94,  89,  14,  55,  81,  74,  72,  111, 33,  71,  148, 29,  92,  71,  35};
const std::vector<int> kExg = {0,  0,   255, 0,   0,   80,  0,  2,   2,  9,   60,  220,
                               3,  2,   90,  236, 0,   0,   31, 29,  0,  255, 157, 83,
                               0,  199, 94,  7,   255, 0,   0,  220, 66, 129, 77,  89,
                               66, 68,  142, 195, 81,  144, 26, 70,  33, 117, 196, 15};
const std::vector<int> kExgr = {0,  0,   255, 0,   0,   86,  0,  0,   2,  9,   0,   255,
                                0,  3,   136, 202, 0,   0,   83, 0,   0,  255, 115, 93,
                                0,  129, 114, 0,   255, 0,   0,  255, 23, 167, 31,  85,
                                97, 93,  189, 255, 83,  197, 16, 27,  37, 127, 244, 0};
const std::vector<int> kNexg = {0,   0,   255, 0,   0,   107, 0,  5,   127, 191, 25,  147,
                                2,   255, 255, 157, 0,   0,   43, 26,  0,   255, 95,  84,
                                0,   113, 62,  3,   211, 0,   0,  187, 74,  110, 95,  77,
                                110, 70,  186, 236, 132, 156, 29, 90,  40,  138, 201, 19};
const std::vector<int> kExhsv = {0,   0,  0,   0,   0,   107, 0,  0,   0,  191, 0,   147,
                                 0,   0,  255, 0,   0,   0,   0,  0,   0,  0,   95,  84,
                                 0,   0,  62,  0,   0,   0,   0,  187, 0,  110, 0,   77,
                                 110, 70, 186, 236, 132, 156, 29, 0,   40, 138, 201, 0};
const std::vector<int> kHsv = {0,   0,   0,   0,   0,   255, 0,   0,   0,   255, 0,   255,
                               0,   0,   255, 0,   0,   0,   0,   0,   0,   0,   255, 255,
                               0,   0,   255, 0,   0,   0,   0,   255, 0,   255, 0,   255,
                               255, 255, 255, 255, 255, 255, 255, 0,   255, 255, 255, 0};
const std::vector<int> kGndvi = {127, 0,  255, 0,   102, 139, 125, 85,  106, 121, 79,  126,
                                 0,   36, 115, 161, 175, 39,  148, 255, 33,  118, 100, 215,
                                 123, 98, 126, 14,  196, 210, 90,  129, 87,  131, 107, 74,
                                 89,  74, 71,  104, 74,  112, 130, 103, 100, 82,  143};
const std::vector<int> kMaxg = {0,  31, 255, 0,  0,  39,  0,  4,  1,  3,  46, 121, 13,  1,  50, 70,
                                0,  0,  52,  0,  0,  220, 54, 48, 0,  52, 70, 24,  221, 0,  0,  95,
                                15, 76, 13,  47, 45, 52,  72, 91, 33, 80, 24, 13,  31,  51, 89, 0};

constexpr int kCount = 48;
const HsvRange kRange;

/// What `row` writes for the pixels, called with their address, their number and the output.
template <typename F>
std::vector<int> Values(F row) {
  std::vector<uint8_t> out(kCount);
  row(kPixels.data(), kCount, out.data());
  return {out.begin(), out.end()};
}

TEST(Indices, AsRecorded) {
  ASSERT_EQ(kPixels.size(), 3U * kCount);
  EXPECT_EQ(Values([](const uint8_t* rgb, int count, uint8_t* out) {
              kPortableKernels.excess_green_rgb(rgb, count, 0, out);
            }),
            kExg);
  EXPECT_EQ(Values(ExgrRow), kExgr);
  EXPECT_EQ(Values(NexgRow), kNexg);
  EXPECT_EQ(
      Values([](const uint8_t* rgb, int count, uint8_t* out) { HsvRow(rgb, count, kRange, out); }),
      kHsv);
  EXPECT_EQ(Values([](const uint8_t* rgb, int count, uint8_t* out) {
              ExhsvRow(rgb, count, kRange, out);
            }),
            kExhsv);
  EXPECT_EQ(Values([](const uint8_t* rgb, int count, uint8_t* out) {
              MaxgRow(rgb, count, MaxgMost(rgb, count, 0), out);
            }),
            kMaxg);
}

TEST(Indices, GndviAsRecorded) {
  // Without the first pixel, which is black.
  const uint8_t* rgb = kPixels.data() + 3;
  GndviRange range;
  GndviExtend(rgb, kCount - 1, range);
  std::vector<uint8_t> out(kCount - 1);
  GndviRow(rgb, kCount - 1, range, out.data());
  EXPECT_EQ(std::vector<int>(out.begin(), out.end()), kGndvi);
  GndviRow(kPixels.data(), 1, range, out.data());
  EXPECT_EQ(out[0], 0);
}

TEST(Indices, ExgrDropsTheFractionsThatSinglePrecisionDrops) {
  for (int excess = 0; excess < 256; ++excess) {
    for (int green = 0; green < 256; ++green) {
      for (int red = 0; red < 256; ++red) {
        const int blue = 2 * green - red - excess;  // so that the pixel has this excess
        if (blue < 0 || blue > 255) continue;
        const float removed = 1.4F * static_cast<float>(red);
        const float rest = removed - static_cast<float>(green);
        const float value = std::clamp(static_cast<float>(excess) - rest, 0.0F, 255.0F);
        const uint8_t rgb[] = {static_cast<uint8_t>(red), static_cast<uint8_t>(green),
                               static_cast<uint8_t>(blue)};
        uint8_t out = 0;
        ExgrRow(rgb, 1, &out);
        ASSERT_EQ(out, static_cast<uint8_t>(value)) << red << " " << green << " " << blue;
      }
    }
  }
}

TEST(Indices, MaxgWithoutAnythingPositiveIsZero) {
  const uint8_t soil[] = {120, 90, 70, 0, 0, 0};
  EXPECT_EQ(MaxgMost(soil, 2, 0), 0);
  uint8_t out[2] = {9, 9};
  MaxgRow(soil, 2, 0, out);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 0);
}

TEST(Indices, QuadsHaveTheMeanOfTheirGreens) {
  const uint8_t red_row[] = {10, 20, 30, 255}, blue_row[] = {23, 40, 255, 50};
  uint8_t rgb[6];
  QuadsToRgb(red_row, blue_row, 2, rgb);
  EXPECT_EQ((std::vector<int>(rgb, rgb + 6)), (std::vector<int>{10, 22, 40, 30, 255, 50}));
}

}  // namespace
}  // namespace furrow::edge
