// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include <cmath>

#include <gtest/gtest.h>

namespace furrow::cli {
namespace {

TEST(Table, AlignsByCharactersNotBytes) {
  Table t({"A", "B"});
  t.Add({"größe", "1"});
  t.Add({"x", "2"});
  EXPECT_EQ(t.Text(false), "A      B\ngröße  1\nx      2\n");
}

TEST(Table, ColoursStatusesOnATerminalOnly) {
  Table t({"S"});
  t.Add({"failed"});
  EXPECT_NE(t.Text(true).find("\x1b[31mfailed"), std::string::npos);
  EXPECT_EQ(t.Text(false).find('\x1b'), std::string::npos);
}

TEST(Clip, CutsAtACharacter) {
  EXPECT_EQ(Clip("größe", 5), "größe");
  EXPECT_EQ(Clip("größer", 5), "größ…");
}

TEST(Sparkline, RisesWithItsValuesAndSkipsWhatIsNotFinite) {
  EXPECT_EQ(Sparkline({0, 1}, 10), "▁█");
  EXPECT_EQ(Sparkline({NAN, 0, INFINITY, 1}, 10), "▁█");
  EXPECT_EQ(Sparkline({2, 2}, 10), "▄▄");
  EXPECT_EQ(Sparkline({}, 10), "");
  EXPECT_EQ(Width(Sparkline(std::vector<double>(1000, 1.0), 40)), 40u);
}

TEST(Table, Ago) {
  const std::string now = "2026-11-29T12:00:00Z";
  EXPECT_EQ(Ago("2026-11-29T11:59:52Z", now), "8 s");
  EXPECT_EQ(Ago("2026-11-29T11:57:00Z", now), "3 min");
  EXPECT_EQ(Ago("2026-11-29T07:00:00Z", now), "5 h");
  EXPECT_EQ(Ago("2026-11-17T12:00:00Z", now), "12 d");
  EXPECT_EQ(Ago("2026-11-30T12:00:00Z", now), "0 s") << "a clock that is ahead";
  EXPECT_EQ(Ago("", now), "never");
}

}  // namespace
}  // namespace furrow::cli
