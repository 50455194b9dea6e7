// SPDX-License-Identifier: Apache-2.0
#include "device/agent/place.h"

#include <gtest/gtest.h>

#include "edge/boom/units.h"
#include "json/text.h"

namespace furrow::device {
namespace {

using edge::kMetre;

Result<FieldPlace> Read(const std::string& text) {
  const auto table = ParseToml(text, "device.toml");
  if (!table.ok()) return table.status();
  return ReadFieldPlace(*table, "device.toml");
}

TEST(FieldPlace, TurnsAndMovesTheDrive) {
  const auto place = Read("start = [100, -20.5]\nheading_deg = 90");
  ASSERT_TRUE(place.ok()) << place.status().message();
  const FieldPoint at = place->On(3 * kMetre, kMetre);
  EXPECT_NEAR(at.x, 99, 1e-9);
  EXPECT_NEAR(at.y, -17.5, 1e-9);
  EXPECT_TRUE(place->Json().IsNull());
}

TEST(FieldPlace, IsTheDrivesOwnPlaneUnlessSaid) {
  const FieldPoint at = FieldPlace().On(3'000'000, -1'500'000);
  EXPECT_EQ(at.x, 3);
  EXPECT_EQ(at.y, -1.5);
}

TEST(FieldPlace, OutlineIsTold) {
  const auto place = Read("name = \"Long Meadow\"\noutline = [[0, -6], [200.0001, -6], [200, 6]]");
  ASSERT_TRUE(place.ok()) << place.status().message();
  EXPECT_EQ(json::Write(place->Json()),
            R"({"name":"Long Meadow","outline":[[0.0,-6.0],[200.0,-6.0],[200.0,6.0]]})");
}

TEST(FieldPlace, WhatIsWrongIsNamedWithItsPlace) {
  for (const auto& [text, says] :
       {std::pair<const char*, const char*>{"outline = [[0, 0], [1, 1]]", "device.toml:1:11"},
        {"name = \"x\"\noutline = [[0, 0], [1, 1],\n [1]]", "device.toml:3:2"},
        {"outline = [[0, 0], [1, 1], [nan, 0]]", "device.toml:1:28"},
        {"start = [1]", "start = [x, y]"},
        {"start = [1, 9e9]", "start = [x, y]"},
        {"heading_deg = 400", "heading_deg"},
        {"corners = []", "corners"}}) {
    const auto place = Read(text);
    ASSERT_FALSE(place.ok()) << text;
    EXPECT_NE(place.status().message().find(says), std::string::npos) << place.status().message();
  }
}

}  // namespace
}  // namespace furrow::device
