// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/components.h"

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

using Rows = std::vector<std::string>;  // '#' is plant

std::vector<Detection> Sorted(std::vector<Detection> found) {
  const auto key = [](const Detection& d) {
    return std::tuple(d.top, d.left, d.bottom, d.right, d.area);
  };
  std::ranges::sort(found, {}, key);
  return found;
}

std::vector<Detection> Find(const Rows& rows, int area_min = 1, int scale = 1) {
  const int width = static_cast<int>(rows.at(0).size());
  const int word_count = (width + 63) / 64;
  Components components(width);
  std::vector<Detection> found;
  components.Begin(area_min, scale);
  for (const std::string& row : rows) {
    std::vector<uint64_t> words(static_cast<size_t>(word_count));
    for (size_t x = 0; x < row.size(); ++x) {
      if (row[x] == '#') words[x / 64] |= uint64_t{1} << (x % 64);
    }
    components.AddRow(words.data(), word_count, found);
  }
  components.Finish(found);
  return found;
}

// The same by filling from every pixel, the slow and plain way.
std::vector<Detection> Flood(Rows rows) {
  std::vector<Detection> found;
  const int height = static_cast<int>(rows.size()), width = static_cast<int>(rows[0].size());
  for (int top = 0; top < height; ++top) {
    for (int left = 0; left < width; ++left) {
      std::vector<std::pair<int, int>> open = {{left, top}};
      Detection d{width, height, 0, 0, 0};
      while (!open.empty()) {
        const auto [x, y] = open.back();
        open.pop_back();
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        char& pixel = rows[static_cast<size_t>(y)][static_cast<size_t>(x)];
        if (pixel != '#') continue;
        pixel = '.';
        d = {std::min(d.left, x), std::min(d.top, y), std::max(d.right, x + 1),
             std::max(d.bottom, y + 1), d.area + 1};
        for (int i = 0; i < 9; ++i) open.push_back({x + i % 3 - 1, y + i / 3 - 1});
      }
      if (d.area > 0) found.push_back(d);
    }
  }
  return found;
}

TEST(Components, CornersConnect) {
  EXPECT_EQ(Find({"#...", ".#..", "...#"}),
            (std::vector<Detection>{{0, 0, 2, 2, 2}, {3, 2, 4, 3, 1}}));
  EXPECT_EQ(Find({"..#", ".#.", "#.."}), (std::vector<Detection>{{0, 0, 3, 3, 3}}));
}

TEST(Components, ArmsThatMeetBelowAreOne) {
  EXPECT_EQ(Find({"#.#.#", "#.#.#", "#####"}), (std::vector<Detection>{{0, 0, 5, 3, 11}}));
  EXPECT_EQ(Find({"#####", "#.#.#"}).size(), 1U);
  // A spiral: its inner end is joined in the last row only.
  EXPECT_EQ(Find({"#######", "#.....#", "#.###.#", "#.#.#.#", "#.#...#", "#.#####"}).size(), 1U);
}

TEST(Components, SmallOnesAreLeftOut) {
  EXPECT_EQ(Find({"##..#", "....."}, 2), (std::vector<Detection>{{0, 0, 2, 1, 2}}));
  EXPECT_TRUE(Find({"....."}).empty());
}

TEST(Components, PatchesWithoutAStrongPixelAreLeftOut) {
  // Bits of one row each; the strong pixel of the second patch is in its second row, and one lies
  // where there is no plant.
  const uint64_t rows[][2] = {{0b1100'0110'0011, 0b0000'1000'0000},
                              {0b0100'1000'0000, 0b1000'0000}};
  Components components(64);
  std::vector<Detection> found;
  components.Begin(1, 1);
  for (const auto& row : rows) components.AddRow(&row[0], 1, found, &row[1]);
  components.Finish(found);
  EXPECT_EQ(found, (std::vector<Detection>{{5, 0, 8, 2, 3}}));
}

TEST(Components, StrongPixelsAreSeenAnywhereInARun) {
  for (int at = 0; at < 200; ++at) {
    const uint64_t all[4] = {~uint64_t{0} << 3, ~uint64_t{0}, ~uint64_t{0}, 0xff};  // 3 to 199
    uint64_t strong[4] = {};
    strong[at / 64] = uint64_t{1} << (at % 64);
    Components components(256);
    std::vector<Detection> found;
    components.Begin(1, 1);
    components.AddRow(all, 4, found, strong);
    components.Finish(found);
    ASSERT_EQ(found.size(), at >= 3 ? 1U : 0U) << at;
  }
}

TEST(Components, ScaleMultipliesBoxesAndAreas) {
  EXPECT_EQ(Find({".....", ".##.."}, 8, 2), (std::vector<Detection>{{2, 2, 6, 4, 8}}));
  EXPECT_TRUE(Find({".##.."}, 9, 2).empty());
}

TEST(Components, RunsCrossWordsAndEndAtTheEdge) {
  std::string row(128, '.');
  for (size_t x = 60; x < 70; ++x) row[x] = '#';
  row[127] = '#';
  EXPECT_EQ(Find({row}), (std::vector<Detection>{{60, 0, 70, 1, 10}, {127, 0, 128, 1, 1}}));
  EXPECT_EQ(Find({std::string(128, '#')}), (std::vector<Detection>{{0, 0, 128, 1, 128}}));
}

TEST(Components, AsFloodFillFindsThem) {
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    const size_t width = 1 + random() % 140, height = 1 + random() % 24;
    const unsigned density = 1 + random() % 9;
    Rows rows(height, std::string(width, '.'));
    for (std::string& row : rows) {
      for (char& pixel : row) {
        if (random() % 10 < density) pixel = '#';
      }
    }
    ASSERT_EQ(Sorted(Find(rows)), Sorted(Flood(rows))) << width << " x " << height;
  }
}

TEST(Components, TheWorstRowFits) {
  // Every second pixel: as many runs and patches as there can be, rows of them never touching.
  std::string row;
  for (int i = 0; i < 129; ++i) row += i % 2 == 0 ? '#' : '.';
  EXPECT_EQ(Find({row, std::string(129, '.'), row}).size(), 130U);
  std::string shifted = "." + row.substr(0, 128);
  EXPECT_EQ(Find({row, shifted, row, shifted}).size(), 1U);
}

}  // namespace
}  // namespace furrow::edge
