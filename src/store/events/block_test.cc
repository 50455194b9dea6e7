// SPDX-License-Identifier: Apache-2.0
#include "store/events/block.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "store/events/merge.h"

namespace furrow::events {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Columns Curve(size_t n, uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise;
  Columns c;
  for (size_t i = 0; i < n; ++i) {
    const double loss = 2.0 / (1 + static_cast<double>(i) / 1000);
    c.Add(static_cast<int64_t>(i),
          1'700'000'000'000 + static_cast<int64_t>(100 * i) +
              static_cast<int64_t>(std::lround(2 * noise(random))),
          static_cast<float>(loss * (1 + 0.05 * noise(random))), i < n / 2 ? 0 : 1);
  }
  return c;
}

TEST(Columns, NormaliseSortsAndKeepsTheLastOfEachIteration) {
  Columns c;
  c.Add(5, 1, 50, 0);
  c.Add(3, 2, 30, 1);
  c.Add(5, 3, 51, 2);
  c.Add(4, 4, 40, 0);
  c.Add(3, 5, 31, 0);
  c.Normalise();
  EXPECT_EQ(c.iter, (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(c.value, (std::vector<double>{31, 40, 51}));
  EXPECT_EQ(c.time_ms, (std::vector<int64_t>{5, 4, 3}));
  EXPECT_EQ(c.Workers(), (std::vector<uint32_t>{0, 0, 2}));
}

TEST(Block, GivesBackWhatWentInWithItsHeadAndWorkers) {
  const std::vector<std::string> names = {"first:gpu0", "second", "never used"};
  for (const size_t n : {1, 2, 64, 65, 1000, 8192}) {
    const Columns in = Curve(n);
    const std::string bytes = EncodeBlock(in, 0, n, names);
    const auto block = Block::Open(bytes);
    ASSERT_TRUE(block.ok()) << block.status().ToString();
    const BlockHead& head = block->head();
    EXPECT_EQ(head.count, n);
    EXPECT_EQ(head.iter_first, 0);
    EXPECT_EQ(head.iter_last, static_cast<int64_t>(n - 1));
    EXPECT_EQ(head.min, *std::min_element(in.value.begin(), in.value.end()));
    EXPECT_EQ(head.max, *std::max_element(in.value.begin(), in.value.end()));
    EXPECT_EQ(head.first, in.value.front());
    EXPECT_EQ(head.last, in.value.back());
    Columns out;
    std::vector<std::string> workers;
    ASSERT_TRUE(ReadInto(*block, out, workers).ok());
    EXPECT_EQ(out.iter, in.iter);
    EXPECT_EQ(out.time_ms, in.time_ms);
    EXPECT_EQ(out.value, in.value);
    const auto by = in.Workers(), back = out.Workers();
    for (size_t i = 0; i < n; ++i) ASSERT_EQ(workers[back[i]], names[by[i]]);
  }
}

TEST(Block, TakesASliceOfItsColumns) {
  const Columns in = Curve(300);
  const std::string bytes = EncodeBlock(in, 100, 120, {"a", "b"});
  const auto block = Block::Open(bytes);
  ASSERT_TRUE(block.ok());
  Columns out;
  std::vector<std::string> workers;
  ASSERT_TRUE(ReadInto(*block, out, workers).ok());
  EXPECT_EQ(out.iter, std::vector<int64_t>(in.iter.begin() + 100, in.iter.begin() + 220));
  EXPECT_EQ(workers, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(out.runs[0].end, 50u);
}

TEST(Block, ThePyramidHoldsExactExtremes) {
  const Columns in = Curve(1000);
  const std::string bytes = EncodeBlock(in, 0, 1000, {"a", "b"});
  const auto block = Block::Open(bytes);
  ASSERT_TRUE(block.ok());
  const auto groups = block->Pyramid();
  ASSERT_TRUE(groups.ok());
  ASSERT_EQ(groups->size(), 16u);
  size_t at = 0;
  for (const Group& g : *groups) {
    const auto from = in.value.begin() + static_cast<long>(at);
    const auto to = from + g.count;
    EXPECT_EQ(g.min, *std::min_element(from, to));
    EXPECT_EQ(g.max, *std::max_element(from, to));
    double sum = 0;
    for (auto v = from; v != to; ++v) sum += *v;
    EXPECT_NEAR(g.mean, sum / g.count, 1e-6 * std::fabs(g.mean));
    EXPECT_EQ(g.iter_first, in.iter[at]);
    at += g.count;
    EXPECT_EQ(g.iter_last, in.iter[at - 1]);
  }
  EXPECT_EQ(at, 1000u);
}

TEST(Block, WithoutNumbersThereIsNoPyramidAndTheHeadSaysNaN) {
  Columns in;
  for (int i = 0; i < 200; ++i) in.Add(i, i, kNaN, 0);
  const auto bytes = EncodeBlock(in, 0, 200, {""});
  const auto block = Block::Open(bytes);
  ASSERT_TRUE(block.ok());
  EXPECT_TRUE(std::isnan(block->head().min));
  EXPECT_EQ(block->head().sum, 0);
  EXPECT_TRUE(block->Pyramid()->empty());
  in.value[7] = 3;
  const auto one = EncodeBlock(in, 0, 200, {""});
  EXPECT_EQ(Block::Open(one)->head().min, 3);
  EXPECT_EQ(Block::Open(one)->head().max, 3);
}

TEST(Block, EveryFlippedBitAndEveryCutIsSeen) {
  const Columns in = Curve(400);
  const std::string good = EncodeBlock(in, 0, 400, {"worker", "other"});
  ASSERT_TRUE(Block::Open(good).ok());
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto block = Block::Open(bad);
    ASSERT_FALSE(block.ok()) << bit;
    EXPECT_EQ(block.status().code(), Code::kCorruption);
  }
  for (size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(Block::Open(good.substr(0, cut)).ok());
}

TEST(Block, ALossCurveFitsItsBudget) {
  // Issue figures: 3.8 and 2.2 bytes per point, everything included.
  Columns in;
  std::mt19937_64 random(2);
  std::normal_distribution<double> noise;
  for (int i = 0; i < 8192; ++i) {
    in.Add(i, 1'700'000'000'000 + 100 * i + std::lround(2 * noise(random)),
           static_cast<float>((0.3 + 2 * std::exp(-i / 3000.0)) * (1 + 0.05 * noise(random))), 0);
  }
  EXPECT_LT(EncodeBlock(in, 0, 8192, {"w"}).size(), 8192 * 3.6);
  for (double& v : in.value) v = std::round(v * 1e4) / 1e4;
  EXPECT_LT(EncodeBlock(in, 0, 8192, {"w"}).size(), 8192 * 2.1);
}

TEST(Merge, APointIsRewrittenAFewTimesAndSmallBlocksStayFew) {
  for (const size_t fresh : {1, 3, 16, 100, 900, 5000}) {
    std::vector<uint16_t> open;
    uint64_t written = 0, points = 0;
    size_t most = 0;
    for (int round = 0; points < 200'000; ++round) {
      const size_t take = BlocksToMerge(open, fresh);
      size_t size = fresh;
      for (size_t i = 0; i < take; ++i) size += open[open.size() - 1 - i];
      open.resize(open.size() - take);
      written += size;
      points += fresh;
      for (; size >= kBlockPointsMax; size -= kBlockPointsMax) open.push_back(kBlockPointsMax);
      if (size > 0) open.push_back(static_cast<uint16_t>(size));
      open.erase(open.begin(), std::find_if(open.begin(), open.end(),
                                            [](uint16_t n) { return n < kBlockPointsMax; }));
      most = std::max(most, open.size());
    }
    EXPECT_LE(most, 40u) << fresh;
    EXPECT_LE(static_cast<double>(written) / static_cast<double>(points), 7.0) << fresh;
  }
}

TEST(Merge, NeverPassesOverABlockThatCannotBeRead) {
  EXPECT_EQ(BlocksToMerge({10, 0xffff, 5, 5}, 4000), 2u);
}

}  // namespace
}  // namespace furrow::events
