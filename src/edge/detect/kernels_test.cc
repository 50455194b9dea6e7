// SPDX-License-Identifier: Apache-2.0
// What every kind of processor computes is the same, at every width and at every address.
#include "edge/detect/kernels.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

// Exactly as long as the kernel may read or write, at an odd address; a sanitizer sees any excess.
std::vector<uint8_t> Random(std::mt19937& random, size_t size, bool extreme) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& b : bytes) {
    b = static_cast<uint8_t>(random());
    if (extreme) b = b < 128 ? 0 : 255;
  }
  return bytes;
}

TEST(Kernels, ThePortableOnesByHand) {
  const uint8_t rgb[] = {10, 20, 30, 255, 0, 255, 0, 255, 0};
  uint8_t out[3];
  kPortableKernels.excess_green_rgb(rgb, 3, 0, out);
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 0);
  EXPECT_EQ(out[2], 255);
  kPortableKernels.excess_green_rgb(rgb, 3, 64, out);
  EXPECT_EQ(out[0], 64);
  const uint8_t red_row[] = {10, 40}, blue_row[] = {30, 20};
  kPortableKernels.excess_green_bayer(red_row, blue_row, 1, 3, out);
  EXPECT_EQ(out[0], 43);
  uint8_t over_red[3];
  kPortableKernels.plant_indices_rgb(rgb, 3, out, over_red);
  EXPECT_EQ(out[0], kExcessBias);
  EXPECT_EQ(over_red[0], kOverRedBias + 20);
  EXPECT_EQ(over_red[1], 0);
  EXPECT_EQ(over_red[2], 255);
  // Light that falls off evenly is not green: r 10 14, the row below 18 22; red in the middle
  // is 13.
  const uint8_t slope[2][4] = {{10, 12, 14, 16}, {14, 16, 18, 20}}, next[4] = {18, 20, 22, 24};
  kPortableKernels.plant_indices_bayer(slope[0], slope[1], next, 2, out, over_red);
  EXPECT_EQ(out[0], kExcessBias);
  EXPECT_EQ(over_red[0], kOverRedBias);
  const uint8_t spike[5] = {0, 0, 8, 0, 0};
  kPortableKernels.soften_row(spike + 1, 3, out);
  EXPECT_EQ(out[0], 2);
  EXPECT_EQ(out[1], 4);
  kPortableKernels.soften_rows(spike + 2, spike + 1, spike + 1, 1, out);
  EXPECT_EQ(out[0], 2);
  uint8_t low[64] = {}, high[64] = {};
  uint64_t plants = 0;
  for (int i = 0; i < 3; ++i) high[i] = 9;
  low[1] = 9;
  const IndexBand both{high, high, high, high}, blunt{high, high, high, low};
  const IndexBand sharp{low, high, low, high};
  kPortableKernels.pack_plants(both, 8, both, 8, 1, &plants);
  EXPECT_EQ(plants, 7U);
  kPortableKernels.pack_plants(both, 9, both, 8, 1, &plants);
  EXPECT_EQ(plants, 0U);
  kPortableKernels.pack_plants(both, 8, blunt, 8, 1, &plants);
  EXPECT_EQ(plants, 2U);
  kPortableKernels.pack_plants(sharp, 8, both, 8, 1, &plants);
  EXPECT_EQ(plants, 2U);
  uint8_t index[64] = {};
  index[0] = 6;
  index[1] = 5;
  index[63] = 255;
  uint64_t word = 0;
  kPortableKernels.pack_above(index, 1, 5, &word);
  EXPECT_EQ(word, uint64_t{1} << 63 | 1);
}

TEST(Kernels, AllGiveTheSame) {
  std::mt19937 random(1);
  for (const Kernels* kernels : AvailableKernels()) {
    SCOPED_TRACE(kernels->name);
    for (int count = 0; count < 140; ++count) {
      for (const int bias : {0, 1, 64, 255}) {
        const bool extreme = (count + bias) % 2 != 0;
        const auto size = static_cast<size_t>(count);
        const std::vector<uint8_t> rgb = Random(random, 3 * size, extreme);
        std::vector<uint8_t> expected(size), found(size);
        kPortableKernels.excess_green_rgb(rgb.data(), count, bias, expected.data());
        kernels->excess_green_rgb(rgb.data(), count, bias, found.data());
        ASSERT_EQ(found, expected) << count;
        const std::vector<uint8_t> red = Random(random, 2 * size, extreme);
        const std::vector<uint8_t> blue = Random(random, 2 * size, extreme);
        kPortableKernels.excess_green_bayer(red.data(), blue.data(), count, bias, expected.data());
        kernels->excess_green_bayer(red.data(), blue.data(), count, bias, found.data());
        ASSERT_EQ(found, expected) << count;
      }
    }
    for (int words = 0; words < 5; ++words) {
      const auto size = static_cast<size_t>(words);
      const std::vector<uint8_t> index = Random(random, 64 * size, false);
      std::vector<uint64_t> expected(size), found(size);
      for (int threshold = 0; threshold < 256; ++threshold) {
        kPortableKernels.pack_above(index.data(), words, threshold, expected.data());
        kernels->pack_above(index.data(), words, threshold, found.data());
        ASSERT_EQ(found, expected) << threshold;
      }
    }
  }
}

TEST(Kernels, AllGiveTheSamePlantIndices) {
  std::mt19937 random(2);
  for (const Kernels* kernels : AvailableKernels()) {
    SCOPED_TRACE(kernels->name);
    for (int count = 0; count < 140; ++count) {
      const auto size = static_cast<size_t>(count);
      std::vector<uint8_t> expected(2 * size), found(2 * size);
      const std::vector<uint8_t> rgb = Random(random, 3 * size, count % 2 != 0);
      kPortableKernels.plant_indices_rgb(rgb.data(), count, expected.data(),
                                         expected.data() + count);
      kernels->plant_indices_rgb(rgb.data(), count, found.data(), found.data() + count);
      ASSERT_EQ(found, expected) << count;
      std::vector<std::vector<uint8_t>> rows;
      for (int i = 0; i < 3; ++i) rows.push_back(Random(random, 2 * size, count % 3 == 0));
      kPortableKernels.plant_indices_bayer(rows[0].data(), rows[1].data(), rows[2].data(), count,
                                           expected.data(), expected.data() + count);
      kernels->plant_indices_bayer(rows[0].data(), rows[1].data(), rows[2].data(), count,
                                   found.data(), found.data() + count);
      ASSERT_EQ(found, expected) << count;
      expected.resize(size);
      found.resize(size);
      const std::vector<uint8_t> line = Random(random, size + 2, count % 3 == 1);
      kPortableKernels.soften_row(line.data() + 1, count, expected.data());
      kernels->soften_row(line.data() + 1, count, found.data());
      ASSERT_EQ(found, expected) << count;
      kPortableKernels.soften_rows(rows[0].data(), rows[1].data(), rows[2].data(), count,
                                   expected.data());
      kernels->soften_rows(rows[0].data(), rows[1].data(), rows[2].data(), count, found.data());
      ASSERT_EQ(found, expected) << count;
    }
  }
}

TEST(Kernels, AllPackTheSamePlants) {
  std::mt19937 random(3);
  for (const Kernels* kernels : AvailableKernels()) {
    SCOPED_TRACE(kernels->name);
    for (int round = 0; round < 600; ++round) {
      const int words = round % 5;
      const auto size = static_cast<size_t>(words);
      std::vector<std::vector<uint8_t>> rows;
      for (int i = 0; i < 8; ++i) rows.push_back(Random(random, 64 * size, round % 3 == 0));
      const IndexBand excess{rows[0].data(), rows[1].data(), rows[2].data(), rows[3].data()};
      const IndexBand over_red{rows[4].data(), rows[5].data(), rows[6].data(), rows[7].data()};
      const int first = static_cast<int>(random() % 256), second = round % 256;
      std::vector<uint64_t> expected(size), found(size);
      kPortableKernels.pack_plants(excess, first, over_red, second, words, expected.data());
      kernels->pack_plants(excess, first, over_red, second, words, found.data());
      ASSERT_EQ(found, expected) << first << " " << second;
    }
  }
}

TEST(Kernels, TheBestIsOneOfThem) {
  EXPECT_EQ(AvailableKernels().front(), &kPortableKernels);
  EXPECT_EQ(AvailableKernels().back(), &BestKernels());
}

}  // namespace
}  // namespace furrow::edge
