// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/bench_lines.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

std::string Fresh(const char* name) {
  return testing::TempDir() + "furrow-bench-" + std::to_string(::getpid()) + "-" + name;
}

TEST(BenchLines, TheFileTellsWhatWasDrivenAndWhen) {
  const std::string path = Fresh("file");
  const auto lines = MakeBenchLines(path, 70);
  EXPECT_FALSE(lines->Set(0, {})) << "before it is open";
  ASSERT_TRUE(lines->Open().ok());
  ValveSet open;
  open.Set(3, true);
  open.Set(69, true);
  EXPECT_TRUE(lines->Set(100, open));
  open.Set(3, false);
  EXPECT_TRUE(lines->Set(200, open));
  EXPECT_TRUE(lines->Set(300, open));
  const auto bench = ReadBench(path);
  ASSERT_TRUE(bench.ok()) << bench.status().ToString();
  EXPECT_EQ(bench->nozzles, 70);
  EXPECT_EQ(bench->open, open);
  EXPECT_EQ(bench->events, 3u);
  EXPECT_EQ(bench->latest,
            (std::vector<BenchEvent>{{100, 3, true}, {100, 69, true}, {200, 3, false}}));
  std::remove(path.c_str());
}

TEST(BenchLines, TheOldestEventsGiveWay) {
  const std::string path = Fresh("ring");
  const auto lines = MakeBenchLines(path, 1);
  ASSERT_TRUE(lines->Open().ok());
  ValveSet open;
  for (Nanos i = 0; i < 70'000; ++i) {
    open.Set(0, i % 2 == 0);
    lines->Set(i, open);
  }
  const auto bench = ReadBench(path);
  ASSERT_TRUE(bench.ok());
  EXPECT_EQ(bench->events, 70'000u);
  ASSERT_EQ(bench->latest.size(), 65'536u);
  EXPECT_EQ(bench->latest.front().at, 70'000 - 65'536);
  EXPECT_EQ(bench->latest.back().at, 69'999);
  std::remove(path.c_str());
}

TEST(BenchLines, OtherFilesAreRefused) {
  const std::string path = Fresh("other");
  EXPECT_EQ(ReadBench(path).status().code(), Code::kNotFound);
  std::ofstream(path) << "nothing of the kind";
  EXPECT_EQ(ReadBench(path).status().code(), Code::kInvalidArgument);
  std::ofstream(path) << std::string(16 * 65'536 + 152, ' ');
  EXPECT_EQ(ReadBench(path).status().code(), Code::kInvalidArgument);
  EXPECT_FALSE(MakeBenchLines("/no/such/folder/bench", 1)->Open().ok());
  std::remove(path.c_str());
}

}  // namespace
}  // namespace furrow::edge
