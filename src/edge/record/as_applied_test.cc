// SPDX-License-Identifier: Apache-2.0
#include "edge/record/as_applied.h"

#include <cmath>

#include "edge/boom/text_file.h"
#include "edge/record/as_applied_files.h"
#include "edge/record/record_fixture.h"
#include "edge/record/sprayed_map.h"
#include "edge/record/sprayed_page.h"
#include "json/text.h"

namespace furrow::edge {
namespace {

constexpr const char* kBoom = R"(format = 1
name = "four"
bus_s = 0.001
drop_s = 0.04
footprint_m = 0.1
[valves]
open_s = 0.010
close_s = 0.008
[[line]]
nozzles = 4
pitch_m = 0.5
)";

Boom TheBoom() { return ParseBoom(kBoom, "four.toml").value(); }

/// Straight ahead at 6 m/s from `from` to `to` milliseconds, a pose every 10.
void Straight(AsApplied& table, int from, int to, uint32_t flags = 0) {
  for (int ms = from; ms <= to; ms += 10) {
    table.Pose({ms * kMillisecond, 6000LL * ms, 6'000'000, 0, flags});
  }
}

TEST(AsApplied, TheExampleOfTheDesign) {
  // The first golden case: open at 16.604 s, close at 16.637667 s; 31.667 ms and 0.19 m of ground.
  AsApplied table(TheBoom(), {.litres_per_minute = 1.2});
  Straight(table, 0, 16'600);
  table.Command({1, true, 16'604'000'000});
  Straight(table, 16'610, 16'630);
  table.Command({1, false, 16'637'666'667});
  Straight(table, 16'640, 16'700);
  table.Finish(16'700 * kMillisecond);
  ASSERT_EQ(table.pieces().size(), 1u);
  const SprayedRecord& one = table.pieces()[0];
  EXPECT_EQ(one.nozzle, 1);
  EXPECT_FALSE(one.continues);
  EXPECT_EQ(one.t_open, 16'615'000'000);
  EXPECT_EQ(one.t_close, 16'646'666'667);
  // 0.04 s of flight at 6 m/s carry the droplets 0.24 m ahead of the nozzle.
  EXPECT_EQ(one.s_open, 99'930'000);
  EXPECT_NEAR(static_cast<double>(one.s_close), 100'120'000, 1);
  EXPECT_EQ(one.x_open, 99'930'000);
  EXPECT_EQ(one.y_open, 250'000);
  EXPECT_EQ(one.heading_close, 0);
  EXPECT_NEAR(static_cast<double>(one.speed), 6'000'000, 50);
  EXPECT_NEAR(static_cast<double>(one.nanolitres), 1.2 / 60 * 0.031666667 * 1e9, 1);
  const auto patches = MakePatches(table);
  ASSERT_EQ(patches.size(), 1u);
  EXPECT_NEAR(patches[0].square_metres, 0.19 * 0.5, 1e-6);
}

TEST(AsApplied, FromAHigherBoomDropletsLandFartherOn) {
  const auto opened = [](Microns lift) {
    AsApplied table(TheBoom(), {});
    for (int ms = 0; ms <= 300; ms += 10) {
      if (ms == 110) table.Command({1, true, 100 * kMillisecond});
      if (ms == 210) table.Command({1, false, 200 * kMillisecond});
      table.Pose({ms * kMillisecond, 6000LL * ms, 6'000'000, 0, 0, lift});
    }
    table.Finish(300 * kMillisecond);
    return table.pieces().at(0).s_open;
  };
  // A fifth higher: 8 ms more of flight.
  EXPECT_NEAR(static_cast<double>(opened(100'000) - opened(0)), 48'000, 1);
}

TEST(AsApplied, InATurnTheOuterNozzleSpraysMore) {
  // 36 m of circle to the left with a radius of 10 m; both ends of the boom open all the way.
  AsApplied table(TheBoom(), {});
  constexpr double kRadius = 10;
  const NanoradsPerSecond turn = ToBillionths(6 / kRadius);
  table.Pose({0, 0, 6'000'000, turn, 0});
  for (const int nozzle : {0, 3}) table.Command({nozzle, true, 100 * kMillisecond});
  for (int ms = 10; ms <= 6000; ms += 10) {
    if (ms == 5000) {
      for (const int nozzle : {0, 3}) table.Command({nozzle, false, 5100 * kMillisecond});
    }
    table.Pose({ms * kMillisecond, 6000LL * ms, 6'000'000, turn, 0});
  }
  table.Finish(6000 * kMillisecond);
  double way[4] = {0, 0, 0, 0};
  for (const SprayedRecord& one : table.pieces()) {
    way[one.nozzle] += FromMillionths(one.speed) * FromBillionths(one.t_close - one.t_open);
    // Nozzles run on circles about (0, 10); droplets fly a little ahead on the tangent.
    const double x = FromMillionths(one.x_close), y = FromMillionths(one.y_close) - kRadius;
    EXPECT_NEAR(std::hypot(x, y), kRadius - FromMillionths(TheBoom().nozzles[one.nozzle].y), 0.01);
  }
  const double seconds = 5.0 - 0.002;  // it closes two milliseconds faster than it opens
  EXPECT_NEAR(way[0], 6 * seconds * (kRadius - 0.75) / kRadius, 0.05);
  EXPECT_NEAR(way[3], 6 * seconds * (kRadius + 0.75) / kRadius, 0.05);
  const auto patches = MakePatches(table);
  ASSERT_EQ(patches.size(), 2u);
  EXPECT_NEAR(patches[1].square_metres, way[3] * 0.5, 0.1);
  EXPECT_GT(patches[1].ring.size(), 20u);
}

TEST(AsApplied, WhatNeverMovedIsNotSprayed) {
  AsApplied table(TheBoom(), {});
  Straight(table, 0, 100);
  // Closes before it was open; opens again before it was closed; is closed twice.
  table.Command({0, true, 110 * kMillisecond});
  table.Command({0, false, 111 * kMillisecond});
  table.Command({1, true, 110 * kMillisecond});
  table.Command({1, false, 140 * kMillisecond});
  table.Command({1, true, 137 * kMillisecond});
  table.Command({1, false, 160 * kMillisecond});
  table.Command({1, false, 165 * kMillisecond});
  table.Command({99, true, 110 * kMillisecond});
  Straight(table, 110, 300);
  table.Finish(300 * kMillisecond);
  ASSERT_EQ(table.pieces().size(), 1u);
  EXPECT_EQ(table.pieces()[0].t_open, 121 * kMillisecond);
  EXPECT_EQ(table.pieces()[0].t_close, 169 * kMillisecond);
}

TEST(AsApplied, LongOnesAreCutAndPutTogetherAgain) {
  AsApplied table(TheBoom(), {});
  Straight(table, 0, 100);
  for (const int nozzle : {1, 2, 3}) table.Command({nozzle, true, 100 * kMillisecond});
  Straight(table, 110, 1000);
  Straight(table, 1010, 1100, 4);
  Straight(table, 1110, 2000);
  for (const int nozzle : {1, 2}) table.Command({nozzle, false, 2000 * kMillisecond});
  Straight(table, 2010, 3000);
  table.Finish(3000 * kMillisecond);  // the third is still open
  for (const SprayedRecord& one : table.pieces()) EXPECT_LE(one.s_close - one.s_open, 2'100'000);
  const auto patches = MakePatches(table);
  ASSERT_EQ(patches.size(), 2u);
  EXPECT_EQ(patches[0].nozzle_first, 1);
  EXPECT_EQ(patches[0].nozzle_last, 2);
  EXPECT_EQ(patches[0].flags, 4u);
  EXPECT_NEAR(patches[0].square_metres, 6 * 1.898, 0.01);
  EXPECT_EQ(patches[1].nozzle_first, 3);
  EXPECT_EQ(patches[1].t_close, 3000 * kMillisecond);
  EXPECT_NEAR(patches[1].litres, 2.889 / 60, 1e-6);
}

AsApplied TwoSpots() {
  AsApplied table(TheBoom(), {});
  Straight(table, 0, 1000);
  table.Command({0, true, 1000 * kMillisecond});
  table.Command({0, false, 1030 * kMillisecond});
  table.Command({3, true, 1500 * kMillisecond});
  Straight(table, 1010, 1600);
  table.Finish(1600 * kMillisecond);
  return table;
}

TEST(AsAppliedFiles, Csv) {
  EXPECT_EQ(AsAppliedCsv(TwoSpots()),
            "nozzle,continues,t_open_s,t_close_s,s_open_m,s_close_m,x_open_m,y_open_m,x_close_m,"
            "y_close_m,heading_open_rad,heading_close_rad,speed_m_s,litres,flags\n"
            "0,0,1.011000000,1.039000000,6.306000,6.474000,6.306000,0.750000,6.474000,0.750000,"
            "0.000000000,0.000000000,6.000000,0.000466667,0\n"
            "3,0,1.511000000,1.600000000,9.306000,9.840000,9.306000,-0.750000,9.840000,-0.750000,"
            "0.000000000,0.000000000,6.000000,0.001483333,0\n");
}

TEST(AsAppliedFiles, GeoJson) {
  const auto patches = MakePatches(TwoSpots());
  // x points east.
  const auto json = json::Parse(AsAppliedGeoJson(patches, {50, 10, 90}));
  ASSERT_TRUE(json.ok()) << json.status().ToString();
  EXPECT_EQ(json->At("type").AsString(), "FeatureCollection");
  const auto& features = json->At("features").array();
  ASSERT_EQ(features.size(), 2u);
  const auto& geometry = features[0].At("geometry");
  EXPECT_EQ(geometry.At("type").AsString(), "Polygon");
  const auto& ring = geometry.At("coordinates").array()[0].array();
  ASSERT_EQ(ring.size(), 5u);
  EXPECT_EQ(ring[0], ring[4]);
  // A degree of longitude at 50 north is 71,696 m, one of latitude 111,229 m.
  EXPECT_NEAR((ring[0].array()[0].AsDouble() - 10) * 71'696, 6.306, 0.001);
  EXPECT_NEAR((ring[0].array()[1].AsDouble() - 50) * 111'229, 0.5, 0.001);
  // Counter-clockwise, as RFC 7946 wants it.
  double area = 0;
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    const auto &a = ring[i].array(), &b = ring[i + 1].array();
    area += (a[0].AsDouble() - 10) * (b[1].AsDouble() - 50) -
            (b[0].AsDouble() - 10) * (a[1].AsDouble() - 50);
  }
  EXPECT_GT(area, 0);
  EXPECT_EQ(features[1].At("properties").At("nozzle_first").AsInt(), 3);
}

TEST(AsAppliedFiles, TaskData) {
  TaskDataOptions options;
  options.origin = {50, 10, 0};
  options.name = "a<b&\"c\"";
  options.zero = 1'700'000'000'000'000;
  options.section = kMetre;
  const auto text = AsAppliedTaskData(TwoSpots(), options);
  ASSERT_TRUE(text.ok());
  EXPECT_NE(text->find("<TSK A=\"TSK1\" B=\"a&lt;b&amp;&quot;c&quot;\" G=\"4\">"),
            std::string::npos);
  EXPECT_NE(text->find("<TIM A=\"2023-11-14T22:13:21.011Z\" B=\"2023-11-14T22:13:21.039Z\" "
                       "D=\"4\">"),
            std::string::npos);
  EXPECT_NE(text->find("<DLV A=\"0075\" B=\"168\" C=\"DET-1\"/>"), std::string::npos);
  EXPECT_NE(text->find("<DLV A=\"0075\" B=\"534\" C=\"DET-1\"/>"), std::string::npos);
  // Half a millilitre and one and a half: the sum is two.
  EXPECT_NE(text->find("<DLV A=\"015F\" B=\"0\""), std::string::npos);
  EXPECT_NE(text->find("<DLV A=\"015F\" B=\"2\""), std::string::npos);
  EXPECT_FALSE(AsAppliedTaskData(AsApplied(TheBoom(), {}), options).ok());
}

TEST(SprayedPage, AsksNobodyAndShowsTextsAsTheyAre) {
  const AsApplied table = TwoSpots();
  const std::string page =
      SprayedPage(table, MakePatches(table), {{5'000'000, 0, 20'000, "too late </script>"}},
                  "<b>Field & Co</b>");
  for (const char* word : {"http://", "https://", "src=", "@import", "url(", "fetch("}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(page.find("<b>Field"), std::string::npos);
  EXPECT_EQ(page.find("</script>"), page.rfind("</script>"));
  EXPECT_NE(page.find("\\u003cb>Field & Co"), std::string::npos);
  // What the script reads is JSON.
  const size_t begin = page.find("const data = ") + 13, end = page.find(";\n", begin);
  const auto data = json::Parse(std::string_view(page).substr(begin, end - begin));
  ASSERT_TRUE(data.ok()) << data.status().ToString();
  EXPECT_EQ(data->At("patches").array().size(), 2u);
  EXPECT_EQ(data->At("missed").array()[0].array()[3].AsString(), "too late </script>");
  EXPECT_NEAR(data->At("sprayed").AsDouble(), (0.168 + 0.534) * 0.5, 1e-4);
  EXPECT_NEAR(data->At("passed").AsDouble(), 9.6 * 2, 1e-3);
}

TEST(SprayedMap, HasEverythingInItsPlace) {
  const AsApplied table = TwoSpots();
  // 9.84 m and 2 m: a pixel is a centimetre.
  const auto map = SprayedMap(table, MakePatches(table), {{3 * kMetre, 0, 100'000, ""}}, 985);
  ASSERT_TRUE(map.ok()) << map.status().ToString();
  EXPECT_EQ(map->width, 985);
  EXPECT_EQ(map->height, 201);
  const auto at = [&](double x, double y) {
    const uint8_t* pixel =
        map->row(static_cast<int>((1 - y) * 100 + 0.5)) + 3 * static_cast<int>(x * 100 + 0.5);
    return pixel[0] << 16 | pixel[1] << 8 | pixel[2];
  };
  EXPECT_EQ(at(1, 0), 0xdddfcf);      // passed
  EXPECT_EQ(at(9.8, 0.9), 0xf6f4ee);  // never reached
  EXPECT_EQ(at(6.4, 0.75), 0x1a7fb4);
  EXPECT_EQ(at(6.2, 0.75), 0xdddfcf);
  EXPECT_EQ(at(6.4, 0.4), 0xdddfcf);
  EXPECT_EQ(at(9.7, -0.75), 0x1a7fb4);
  EXPECT_EQ(at(3.1, 0), 0xc22f3a);  // the ring of what was missed
  EXPECT_EQ(at(3, 0), 0xdddfcf);
  int sprayed = 0;
  for (size_t i = 0; i < map->pixels.size(); i += 3) sprayed += map->pixels[i] == 0x1a ? 1 : 0;
  EXPECT_NEAR(sprayed, (0.168 + 0.534) * 0.5 * 10'000, 100);
  EXPECT_FALSE(SprayedMap(table, {}, {}, 8).ok());
  EXPECT_EQ(SprayedMap(AsApplied(TheBoom(), {}), {}, {}, 100).status().code(), Code::kNotFound);
}

TEST(SprayedMap, ASpotIsSeenHoweverSmall) {
  const AsApplied table = TwoSpots();
  const auto map = SprayedMap(table, MakePatches(table), {}, 16);
  ASSERT_TRUE(map.ok());
  int sprayed = 0;
  for (size_t i = 0; i < map->pixels.size(); i += 3) sprayed += map->pixels[i] == 0x1a ? 1 : 0;
  EXPECT_GE(sprayed, 2);
}

TEST(AsApplied, FromALog) {
  TemporaryFolder top;
  LogOptions options;
  options.thread = false;
  options.reserve_bytes = 4096;
  for (const bool recorded : {false, true}) {
    LogEncoder encoder(1 << 20);
    const std::string folder = top / (recorded ? "recorded" : "computed");
    auto log = LogFile::Open(folder, options, {&encoder});
    ASSERT_TRUE(log.ok());
    encoder.Boom(kBoom);
    for (int ms = 0; ms <= 1000; ++ms) {
      if (ms % 10 == 0) encoder.Pose({ms * kMillisecond, 6000LL * ms, 6'000'000, 0, 0});
      encoder.Tick(ms * kMillisecond);
      if (ms == 500) encoder.Command({2, true, 500 * kMillisecond});
      if (ms == 530) encoder.Command({2, false, 530 * kMillisecond});
    }
    SprayedRecord said;
    said.nozzle = 3;
    if (recorded) encoder.Sprayed(said);
    ASSERT_TRUE((*log)->Close().ok());
    std::vector<std::string> damage;
    const auto table = AsApplied::FromLog(folder, {}, damage);
    ASSERT_TRUE(table.ok()) << table.status().ToString();
    EXPECT_TRUE(damage.empty());
    ASSERT_EQ(table->pieces().size(), 1u);
    EXPECT_EQ(table->pieces()[0].nozzle, recorded ? 3 : 2);
    if (!recorded) {
      EXPECT_EQ(table->pieces()[0].t_open, 511 * kMillisecond);
    }
  }
  std::vector<std::string> damage;
  EXPECT_EQ(AsApplied::FromLog(top / "none", {}, damage).status().code(), Code::kNotFound);
}

TEST(WriteTextFile, WholeOrNotAtAll) {
  TemporaryFolder top;
  EXPECT_TRUE(WriteTextFile(top / "a.csv", "1,2\n").ok());
  EXPECT_EQ(Slurp(top / "a.csv"), "1,2\n");
  EXPECT_FALSE(WriteTextFile(top / "none/a.csv", "1,2\n").ok());
}

}  // namespace
}  // namespace furrow::edge
