// SPDX-License-Identifier: Apache-2.0
#include "edge/programs/plant_finder.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

std::string Refused(const PlantFinderOptions& options) {
  const auto finder = MakePlantFinder(options);
  EXPECT_EQ(finder.status().code(), Code::kInvalidArgument);
  return finder.status().message();
}

TEST(PlantFinder, AnUnknownMethodIsNamedWithAllThatThereAre) {
  const std::string message = Refused({.method = "yolo"});
  for (const char* name : {"'yolo'", "exg", "adaptive", "net", "hybrid"}) {
    EXPECT_NE(message.find(name), std::string::npos) << message;
  }
}

TEST(PlantFinder, ANetworkIsNamedWhereOneIsUsed) {
  EXPECT_EQ(Refused({.method = "net"}), "--method net needs --model");
  EXPECT_EQ(Refused({.method = "hybrid"}), "--method hybrid needs --model");
  EXPECT_EQ(Refused({.method = "hsv", .model = "weeds.onnx"}),
            "--model is for the methods net and hybrid, not for hsv");
  EXPECT_EQ(MakePlantFinder({.method = "net", .model = "/nothing.onnx"}).status().code(),
            Code::kNotFound);
}

TEST(PlantFinder, AnIndexSaysWhatIsPlant) {
  auto finder = MakePlantFinder({.method = "exg", .area_min = 5});
  ASSERT_TRUE(finder.ok());
  Image image = MakeImage(20, 10, 3);
  for (int y = 2; y < 6; ++y) {
    for (int x = 3; x < 8; ++x) image.row(y)[3 * x + 1] = 90;
  }
  image.row(9)[3 * 15 + 1] = 90;
  const auto found = (*finder)->Find(image);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->boxes, (std::vector<Detection>{{3, 2, 8, 6, 20}}));
  EXPECT_DOUBLE_EQ(found->share, 21.0 / 200);
  EXPECT_EQ(found->mask.row(9)[15], 255);
  EXPECT_EQ(found->mask.row(0)[0], 0);
  EXPECT_TRUE((*finder)->model_sha256().empty());
}

}  // namespace
}  // namespace furrow::edge
