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

TEST(Kernels, TheBestIsOneOfThem) {
  EXPECT_EQ(AvailableKernels().front(), &kPortableKernels);
  EXPECT_EQ(AvailableKernels().back(), &BestKernels());
}

}  // namespace
}  // namespace furrow::edge
