// SPDX-License-Identifier: Apache-2.0
#include "edge/programs/number_table.h"

#include <array>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

constexpr std::array<std::string_view, 2> kNames{"t_s", "v_mps"};

std::string Error(std::string_view text) {
  const auto table = ParseNumberTable(text, "odo.csv", kNames);
  return table.ok() ? "none" : table.status().message();
}

TEST(NumberTable, ColumnsInAnyOrder) {
  const auto table = ParseNumberTable(
      "\xef\xbb\xbfv_mps, note ,\"t_s\"\r\n6,9,0.5\r\n\r\n# rest\n-1e3,0,.25", "odo.csv", kNames);
  ASSERT_TRUE(table.ok()) << table.status().ToString();
  EXPECT_EQ(table->columns[0], (std::vector<double>{0.5, 0.25}));
  EXPECT_EQ(table->columns[1], (std::vector<double>{6, -1000}));
  EXPECT_EQ(table->lines, (std::vector<size_t>{2, 5}));
}

TEST(NumberTable, ErrorsNameTheLine) {
  EXPECT_EQ(Error(""), "odo.csv:1: is empty; the first line must name t_s,v_mps");
  EXPECT_EQ(Error("t_s,v\n"), "odo.csv:1: no column v_mps; the first line must name t_s,v_mps");
  EXPECT_EQ(Error("t_s,v_mps\n1,2\n1\n"), "odo.csv:3: 1 columns where the first line has 2");
  EXPECT_EQ(Error("t_s,v_mps\n1,\n"), "odo.csv:2: v_mps is '', which is not a number");
  EXPECT_EQ(Error("t_s,v_mps\n1,2x\n"), "odo.csv:2: v_mps is '2x', which is not a number");
  EXPECT_EQ(Error("t_s,v_mps\n1,nan\n"), "odo.csv:2: v_mps is 'nan', which is not a number");
}

}  // namespace
}  // namespace furrow::edge
