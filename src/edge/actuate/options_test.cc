// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/options.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

std::string Error(std::string_view text) {
  const auto options = ParseActuate(text, "e.toml");
  return options.ok() ? "none" : options.status().message();
}

TEST(Actuate, NothingSaidIsASimulator) {
  const auto options = ParseActuate("[run]\nx = 1\n", "e.toml");
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(*options, ActuateOptions{});
  EXPECT_TRUE(options->dry_run);
}

TEST(Actuate, GpioWithTwoChips) {
  const auto options = ParseActuate(R"([actuate]
driver = "gpio"
dry_run = false
lease_ms = 25
active_low = true
[[actuate.chip]]
device = "/dev/gpiochip0"
lines = [17, 27]
[[actuate.chip]]
device = "/dev/gpiochip1"
lines = [17]
)",
                                    "e.toml");
  ASSERT_TRUE(options.ok()) << options.status().ToString();
  EXPECT_EQ(options->driver, ValveDriver::kGpio);
  EXPECT_FALSE(options->dry_run);
  EXPECT_TRUE(options->active_low);
  EXPECT_EQ(options->lease, 25 * kMillisecond);
  EXPECT_EQ(options->chips,
            (std::vector<GpioChip>{{"/dev/gpiochip0", {17, 27}}, {"/dev/gpiochip1", {17}}}));
}

TEST(Actuate, ErrorsNameTheLine) {
  EXPECT_EQ(Error("actuate = 3"), "e.toml:1:11: write [actuate]");
  EXPECT_EQ(Error("[actuate]\ndriver = \"relay\""),
            "e.toml:2:10: actuate.driver is \"simulator\", \"gpio\" or \"can\"");
  EXPECT_EQ(Error("[actuate]\nlease_ms = 60"),
            "e.toml:2:12: actuate.lease_ms is 60; it must lie between 20 and 50");
  EXPECT_EQ(Error("[actuate]\ndry_run = 0"), "e.toml:2:11: actuate.dry_run is true or false");
  EXPECT_EQ(Error("[actuate]\nid = 3"), "e.toml:2:6: actuate.id is not known here");
  EXPECT_EQ(Error("[actuate]\ndriver = \"can\"\nid = 2048"),
            "e.toml:3:6: actuate.id is 2048; it must lie between 0 and 2047");
  EXPECT_EQ(Error("[actuate]\ndriver = \"gpio\""),
            "e.toml:1:1: gpio needs an [[actuate.chip]] with its lines");
  const std::string gpio = "[actuate]\ndriver = \"gpio\"\n[[actuate.chip]]\n";
  EXPECT_EQ(Error(gpio + "device = \"/dev/gpiochip0\""), "e.toml:3:1: [actuate.chip] lacks lines");
  EXPECT_EQ(Error(gpio + "device = \"/dev/gpiochip0\"\nlines = [3, 3]"),
            "e.toml:5:9: line 3 of /dev/gpiochip0 is there twice");
  EXPECT_EQ(Error(gpio + "device = \"/dev/gpiochip0\"\nlines = [3, true]"),
            "e.toml:5:13: actuate.chip.lines holds whole numbers between 0 and 4095");
}

TEST(Actuate, TheTablesOfTheDocumentationAreSome) {
  std::ifstream file(FURROW_SOURCE_DIR "/docs/edge/wire.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  int tables = 0;
  for (size_t at = 0; (at = page.find("```toml\n", at)) != std::string::npos; ++tables) {
    const size_t begin = at + 8, end = page.find("```", begin);
    const auto options = ParseActuate(page.substr(begin, end - begin), "wire.md");
    EXPECT_TRUE(options.ok()) << options.status().ToString();
    at = end + 3;
  }
  EXPECT_GE(tables, 3);
}

TEST(Actuate, WhatDoesNotFitTheBoomIsRefused) {
  Boom boom;
  boom.bus = kMillisecond;
  boom.lease = 30 * kMillisecond;
  boom.nozzles.resize(60);
  const auto error = [&](const ActuateOptions& options) {
    const auto bus = OpenValveBus(options, boom);
    return bus.ok() ? "none" : bus.status().message();
  };
  ActuateOptions gpio{.driver = ValveDriver::kGpio};
  gpio.chips = {{"/dev/gpiochip0", {1, 2, 3}}};
  EXPECT_EQ(error(gpio), "the boom has 60 nozzles and [[actuate.chip]] 3 lines");
  const ActuateOptions can{.driver = ValveDriver::kCan, .device = "can0", .can_id = 0x7ff};
  EXPECT_EQ(error(can), "actuate.id and the 1 frames after it go beyond 0x7ff");
  boom.bus = 0;
  EXPECT_EQ(error({}), "behind the guard bus_s must be at least 0.001");
  boom.lease = 0;
  EXPECT_EQ(error({}), "the lease is 0 ms; it must lie between 20 and 50");
}

TEST(Actuate, ADryRunOfCanNeedsNoInterface) {
  Boom boom;
  boom.lease = 30 * kMillisecond;
  boom.nozzles.resize(60);
  ActuateOptions options{.driver = ValveDriver::kCan, .device = "can0"};
  EXPECT_TRUE(OpenValveBus(options, boom).ok());
  options.dry_run = false;
  options.device = "furrow-none";
  EXPECT_FALSE(OpenValveBus(options, boom).ok());
}

}  // namespace
}  // namespace furrow::edge
