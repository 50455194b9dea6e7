// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/class_rows.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

constexpr int kWidth = 9, kHeight = 5;

class ClassRowsTest : public testing::Test {
 protected:
  ClassRowsTest() : planes_(3 * kWidth * kHeight) {
    std::mt19937 random(5);
    std::normal_distribution<float> score(0, 1);
    for (float& value : planes_) value = score(random);
  }

  ScoreTile Tile() const {
    const size_t plane = kWidth * kHeight;
    return {.background = planes_.data(),
            .crop = planes_.data() + plane,
            .weed = planes_.data() + 2 * plane,
            .width = kWidth,
            .height = kHeight};
  }

  /// A score at a pixel of the mask, by the definition of linear interpolation.
  static double At(const float* plane, int factor, int x, int y) {
    const double u = std::clamp((x + 0.5) / factor - 0.5, 0.0, kWidth - 1.0);
    const double v = std::clamp((y + 0.5) / factor - 0.5, 0.0, kHeight - 1.0);
    const int i = std::min(static_cast<int>(u), kWidth - 2);
    const int j = std::min(static_cast<int>(v), kHeight - 2);
    const auto row = [&](int k) {
      return plane[k * kWidth + i] * (1 - (u - i)) + plane[k * kWidth + i + 1] * (u - i);
    };
    return row(j) * (1 - (v - j)) + row(j + 1) * (v - j);
  }

  std::vector<float> planes_;
};

TEST_F(ClassRowsTest, ThePixelsClassHasTheHighestScore) {
  const ScoreTile tile = Tile();
  for (const int factor : {1, 2, 3, 4, 8, 16}) {
    ClassRows rows(factor, kWidth);
    for (int y = 0; y < kHeight * factor; ++y) {
      std::vector<uint8_t> out(static_cast<size_t>(kWidth * factor + 3), 7);
      const int begin = y % 4, end = kWidth * factor + y % 3;
      rows.Write(tile, y, begin, end, out.data());
      for (int x = begin; x < end; ++x) {
        const double ground = At(tile.background, factor, x, y);
        const double crop = At(tile.crop, factor, x, y) - ground;
        const double weed = At(tile.weed, factor, x, y) - ground;
        const double best = std::max({0.0, crop, weed});
        const uint8_t found = out[static_cast<size_t>(x - begin)];
        const double score = found == kWeedPixel ? weed : found == kCropPixel ? crop : 0;
        ASSERT_NEAR(score, best, 1e-5) << factor << " " << x << " " << y;
      }
      ASSERT_EQ(out[static_cast<size_t>(end - begin)], 7);
    }
  }
}

TEST_F(ClassRowsTest, PlantsAreWhatBothSayTheyAre) {
  for (size_t i = 0; i < kWidth * kHeight; ++i) planes_[i] = 2 * planes_[i] + 1;
  const ScoreTile tile = Tile();
  int grounds = 0, plants = 0, surely = 0;
  const int factor = 4, end = kWidth * factor, first_bit = 50;
  ClassRows rows(factor, kWidth);
  std::mt19937_64 random(8);
  for (int y = 0; y < kHeight * factor; ++y) {
    const uint64_t plant[2] = {random(), random()};
    std::vector<uint8_t> out(static_cast<size_t>(end));
    uint64_t sure[2] = {1, 0};  // what is set stays
    rows.WritePlants(tile, y, 0, end, plant, first_bit, out.data(), sure);
    EXPECT_EQ(sure[0] & ((uint64_t{1} << first_bit) - 1), 1U);
    for (int x = 0; x < end; ++x) {
      const int bit = first_bit + x;
      const uint8_t found = out[static_cast<size_t>(x)];
      if ((plant[bit / 64] >> (bit % 64) & 1) == 0) {
        ASSERT_EQ(found, kNoPlant);
        continue;
      }
      const double ground = At(tile.background, factor, x, y);
      const double crop = At(tile.crop, factor, x, y), weed = At(tile.weed, factor, x, y);
      const double lead = ground - std::max(crop, weed), margin = weed - crop - kSureLead;
      if (std::abs(weed - crop) < 1e-5 || std::abs(lead) < 1e-5) continue;
      if (std::abs(margin) > 1e-5) {
        const bool is_sure = (sure[bit / 64] >> (bit % 64) & 1) != 0;
        ASSERT_EQ(is_sure, lead < 0 && margin > 0) << x << " " << y;
        surely += is_sure;
      }
      const uint8_t expected = lead > 0 ? kNoPlant : weed > crop ? kWeedPixel : kCropPixel;
      ASSERT_EQ(found, expected) << x << " " << y;
      ++(lead > 0 ? grounds : plants);
    }
  }
  EXPECT_GT(grounds, 50);
  EXPECT_GT(plants, 50);
  EXPECT_GT(surely, 5);
  EXPECT_LT(surely, plants / 2);
}

TEST_F(ClassRowsTest, OfEqualScoresGroundThenCropIsTaken) {
  std::ranges::fill(planes_, 1.0F);
  ClassRows rows(2, kWidth);
  uint8_t out[2] = {};
  rows.Write(Tile(), 3, 4, 6, out);
  EXPECT_EQ(out[0], kNoPlant);
  std::fill(planes_.begin(), planes_.begin() + kWidth * kHeight, 0.0F);
  rows.Write(Tile(), 3, 4, 6, out);
  EXPECT_EQ(out[0], kCropPixel);
}

}  // namespace
}  // namespace furrow::edge
