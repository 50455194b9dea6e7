// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/golden.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "edge/detect/net_fixture.h"
#include "edge/image/image.h"
#include "infer/library.h"

namespace furrow::edge {
namespace {

GoldenTable Table() {
  GoldenTable table;
  table.camera.width = 64;
  table.camera.height = 48;
  table.camera.focal = 32;
  table.camera.centre_u = 32;
  table.camera.centre_v = 24;
  table.camera.x = 1.5;
  table.camera.height_m = 1;
  table.camera.pitch = 1.5707963267948966;
  table.grid = {0.25, 0.75, 6};
  table.differ_max = 2;
  const size_t cells = NozzleCells::Make(table.camera, table.grid)->count();
  table.frames = {{"0.png", std::vector<uint8_t>(cells, 0)},
                  {"1.png", std::vector<uint8_t>(cells, 0)}};
  table.frames[1].open[3] = 1;
  return table;
}

TEST(GoldenText, IsReadAgain) {
  const auto again = ParseGolden(GoldenText(Table()));
  ASSERT_TRUE(again.ok()) << again.status().ToString();
  EXPECT_EQ(*again, Table());
}

TEST(GoldenText, WhatIsWrongIsNamed) {
  const std::string good = GoldenText(Table());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return ParseGolden(text).status().message();
  };
  EXPECT_EQ(with("\"format\": 1", "\"format\": 2").rfind("format: ", 0), 0U);
  EXPECT_EQ(with("\"focal_px\": 32", "\"focal_px\": 0").rfind("camera: focal_px: ", 0), 0U);
  EXPECT_EQ(with("\"width\": 64", "\"width\": 6.4").rfind("camera: width: ", 0), 0U);
  EXPECT_EQ(with("1.png", "../1.png").rfind("frames[1]: file: ", 0), 0U);
  EXPECT_EQ(with("1.png", "").rfind("frames[1]: file: ", 0), 0U);
  EXPECT_EQ(with("\"open\": \"0", "\"open\": \"g").rfind("frames[0]: open: ", 0), 0U);
  EXPECT_FALSE(ParseGolden("{}").ok());
  EXPECT_FALSE(ParseGolden("[]").ok());
}

TEST(RepeatGolden, CountsWhatIsDecidedOtherwise) {
  if (!infer::LibraryVersion().ok()) GTEST_SKIP() << "needs ONNX Runtime";
  const std::string folder = ::testing::TempDir() + "golden-" + std::to_string(getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/net.onnx", std::ios::binary) << ColourNet().File();
  const auto model = LoadSegmentation(folder + "/net.onnx", 1);
  ASSERT_TRUE(model.ok()) << model.status().ToString();

  GoldenTable table = Table();
  Image image = MakeImage(64, 48, 3);
  ASSERT_TRUE(WritePng(image, folder + "/0.png").ok());
  for (int y = 20; y < 28; ++y) {
    for (int x = 28; x < 36; ++x) image.row(y)[3 * x] = 255;  // a red weed
  }
  ASSERT_TRUE(WritePng(image, folder + "/1.png").ok());
  const auto cells = NozzleCells::Make(table.camera, table.grid);
  ASSERT_TRUE(cells.ok());
  const Detection weed{28, 20, 36, 28, 64, PlantKind::kWeed};
  cells->Decide({&weed, 1}, table.frames[1].open);
  const auto write = [&] { std::ofstream(folder + "/golden.json") << GoldenText(table); };
  write();
  const auto repeated = RepeatGolden(*model, NetMethod::kNet, 1, folder + "/golden.json");
  ASSERT_TRUE(repeated.ok()) << repeated.status().ToString();
  ASSERT_EQ(repeated->size(), 2U);
  EXPECT_EQ((*repeated)[0].differ, 0);
  EXPECT_EQ((*repeated)[1].differ, 0);
  EXPECT_EQ((*repeated)[1].file, "1.png");
  EXPECT_GT((*repeated)[1].took_ms, 0);

  table.frames[0].open[0] ^= 1;
  table.frames[0].open[1] ^= 1;
  write();
  const auto other = RepeatGolden(*model, NetMethod::kNet, 1, folder + "/golden.json");
  ASSERT_TRUE(other.ok());
  EXPECT_EQ((*other)[0].differ, 2);

  ASSERT_TRUE(WritePng(MakeImage(64, 50, 3), folder + "/1.png").ok());
  EXPECT_NE(RepeatGolden(*model, NetMethod::kNet, 1, folder + "/golden.json")
                .status()
                .message()
                .find("1.png: has 64 x 50 pixels"),
            std::string::npos);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace furrow::edge
