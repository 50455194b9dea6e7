// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/boom.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "edge/boom/standard.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kSmall = R"(format = 1
name = "small"
footprint_m = 0.1
drop_forward = 0.9

[valves]
open_s = 0.010
close_s = 0.008

[[line]]
nozzles = 4
pitch_m = 0.25

[[valve]]
nozzle = 2
open_s = 0.012
)";

TEST(Boom, NozzlesCountFromTheLeft) {
  const auto boom = ParseBoom(kSmall, "small.toml");
  ASSERT_TRUE(boom.ok()) << boom.status().ToString();
  ASSERT_EQ(boom->nozzles.size(), 4u);
  EXPECT_EQ(boom->nozzles[0].y, 375'000);
  EXPECT_EQ(boom->nozzles[3].y, -375'000);
  EXPECT_EQ(boom->nozzles[1].valve.open, 10 * kMillisecond);
  EXPECT_EQ(boom->nozzles[2].valve.open, 12 * kMillisecond);
  EXPECT_EQ(boom->nozzles[2].valve.close, 8 * kMillisecond);
  EXPECT_EQ(boom->ForwardFall(), 36 * kMillisecond);
}

TEST(Boom, DropletsFallAsLongAsTheyAreHigh) {
  Boom boom = ParseBoom(kSmall, "small.toml").value();
  boom.height = 500'000;
  EXPECT_EQ(boom.ForwardFall(0), 36 * kMillisecond);
  EXPECT_EQ(boom.ForwardFall(250'000), 54 * kMillisecond);
  EXPECT_EQ(boom.ForwardFall(-125'000), 27 * kMillisecond);
  // An echo of something else does no more harm than this.
  EXPECT_EQ(boom.ForwardFall(5 * kMetre), 72 * kMillisecond);
  EXPECT_EQ(boom.ForwardFall(-kMetre), 18 * kMillisecond);
}

TEST(Boom, TheStandardOnesCoverTheirWidth) {
  for (const Boom& boom : {StandardBoom(), CloseBoom()}) {
    EXPECT_EQ(boom.nozzles.size(), 144u);
    EXPECT_EQ(boom.nozzles.front().y, 17'875'000);
    // Each camera over its own nozzles, three looks at 6 m/s.
    const double width = 36.0 / static_cast<double>(boom.cameras.size());
    for (size_t i = 0; i < boom.cameras.size(); ++i) {
      const Camera& camera = boom.cameras[i];
      EXPECT_NEAR(camera.y, 18 - width * (static_cast<double>(i) + 0.5), 1e-9);
      EXPECT_GE(camera.width * camera.height_m / camera.focal, width);
      EXPECT_GE(camera.height * camera.height_m / camera.focal, 2.9 * 6 / camera.fps);
    }
    EXPECT_EQ(ParseBoom(BoomText(boom), "again.toml").value(), boom);
  }
}

TEST(Boom, ErrorsNameTheLine) {
  const auto error = [](std::string text, std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    const auto boom = ParseBoom(text, "b.toml");
    return boom.ok() ? "none" : boom.status().message();
  };
  EXPECT_EQ(error(kSmall, "pitch_m = 0.25", "pitch_m = 0"),
            "b.toml:12:11: line.pitch_m is 0; it must lie between 0.005 and 10");
  EXPECT_EQ(error(kSmall, "pitch_m = 0.25", "pitsch_m = 0.25"),
            "b.toml:10:1: [line] lacks pitch_m");
  EXPECT_EQ(error(kSmall, "drop_forward", "drop_forwards"),
            "b.toml:4:17: boom.drop_forwards is not known here");
  EXPECT_EQ(error(kSmall, "nozzle = 2", "nozzle = 4"),
            "b.toml:15:10: valve.nozzle is 4; it must lie between 0 and 3");
  EXPECT_EQ(error(kSmall, "format = 1", "format = 2"),
            "b.toml:1:10: this program reads format 1; take a newer one");
  EXPECT_NE(error(kSmall, "[valves]", "[valves"), "none");
  // Found by fuzzing: an assertion of the parser.
  EXPECT_EQ(error(kSmall, "[[line]]", "[[~line]]"), "b.toml: is not TOML");
}

TEST(Boom, DescribesWhatAgreesOnce) {
  const auto boom = ParseBoom(kSmall, "small.toml");
  ASSERT_TRUE(boom.ok());
  const auto json = json::Parse(DescribeBoom(*boom));
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(json->At("nozzle_pitch_m").AsDouble(), 0.25);
  EXPECT_EQ(json->At("valve_close_s").AsDouble(), 0.008);
  ASSERT_TRUE(json->At("valve_open_s").IsArray());
  EXPECT_EQ(json->At("valve_open_s").array()[2].AsDouble(), 0.012);
}

TEST(Boom, TheFileOfTheDocumentationIsOne) {
  std::ifstream file(FURROW_SOURCE_DIR "/docs/edge/boom.md");
  std::string page{std::istreambuf_iterator<char>(file), {}};
  const size_t begin = page.find("```toml\n") + 8;
  const auto boom = ParseBoom(page.substr(begin, page.find("```", begin) - begin), "boom.md");
  ASSERT_TRUE(boom.ok()) << boom.status().ToString();
  EXPECT_EQ(boom->nozzles.size(), 12u);
  EXPECT_EQ(boom->cameras.size(), 1u);
}

TEST(Boom, AnOddPitchIsWrittenAsItWasTaken) {
  const auto boom =
      ParseBoom("footprint_m = 0.1\n[[line]]\nnozzles = 90\npitch_m = 0.33333333", "b");
  ASSERT_TRUE(boom.ok()) << boom.status().ToString();
  const auto again = ParseBoom(BoomText(*boom), "written");
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(*again, *boom);
}

TEST(Boom, WhatItWritesItReadsBack) {
  Boom boom = StandardBoom();
  boom.name = "\"quoted\" \\ \u00e4 \x7f";
  boom.nozzles[7].valve.open = 12'345'678;
  for (const Nozzle& nozzle : StandardBoom().nozzles) {
    boom.nozzles.push_back(nozzle);
    boom.nozzles.back().line = 1;
    boom.nozzles.back().x = -300'000;
  }
  const auto again = ParseBoom(BoomText(boom), "written");
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(*again, boom);
}

}  // namespace
}  // namespace furrow::edge
