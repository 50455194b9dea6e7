// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/net_detector.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>

#include <gtest/gtest.h>

#include "edge/detect/class_rows.h"
#include "edge/detect/net_fixture.h"
#include "edge/image/image.h"
#include "infer/library.h"

namespace furrow::edge {
namespace {

namespace fs = std::filesystem;

class NetDetectorTest : public testing::Test {
 protected:
  void SetUp() override {
    const Status status = infer::LibraryVersion().status();
    if (status.code() == Code::kNotFound) GTEST_SKIP() << status.message();
  }

  static SegmentationModel Load(const ColourNet& net) {
    const fs::path path =
        fs::temp_directory_path() / ("net_detector_" + std::to_string(getpid()) + ".onnx");
    std::ofstream(path, std::ios::binary | std::ios::trunc) << net.File();
    auto model = LoadSegmentation(path, 1);
    fs::remove(path);
    EXPECT_TRUE(model.ok()) << model.status().message();
    return std::move(model).value();
  }

  /// Ground with rectangles of a colour.
  struct Box {
    int left, top, right, bottom;
    uint8_t red, green, blue;
  };
  static Image Draw(int width, int height, const std::vector<Box>& boxes) {
    Image image = MakeImage(width, height, 3);
    for (const Box& box : boxes) {
      for (int y = box.top; y < box.bottom; ++y) {
        for (int x = box.left; x < box.right; ++x) {
          uint8_t* pixel = image.row(y) + 3 * x;
          pixel[0] = box.red, pixel[1] = box.green, pixel[2] = box.blue;
        }
      }
    }
    return image;
  }
  static Image Noise(int width, int height, unsigned seed) {
    Image image = MakeImage(width, height, 3);
    std::mt19937 random(seed);
    // Squares of 4 x 4, so that classes form patches.
    for (int y = 0; y < height; y += 4) {
      for (int x = 0; x < width; x += 4) {
        const uint32_t colour = random();
        for (int i = 0; i < 16; ++i) {
          if (y + i / 4 >= height || x + i % 4 >= width) continue;
          uint8_t* pixel = image.row(y + i / 4) + 3 * (x + i % 4);
          for (int c = 0; c < 3; ++c) pixel[c] = static_cast<uint8_t>(colour >> (8 * c));
        }
      }
    }
    return image;
  }

  static NetDetector Make(const SegmentationModel& model, NetOptions options) {
    auto made = NetDetector::Make(model, options);
    EXPECT_TRUE(made.ok()) << made.status().message();
    return std::move(made).value();
  }
  static std::vector<Detection> Detect(NetDetector& detector, const Image& image) {
    const FrameView frame = View(image);
    std::vector<Detection> found;
    EXPECT_TRUE(detector.Detect({&frame, 1}, {&found, 1}).ok());
    return found;
  }
  static std::vector<uint8_t> Classes(const NetDetector& detector, size_t frame = 0) {
    const ClassView view = detector.last_classes(frame);
    return {view.classes, view.row(view.height)};
  }
};

TEST_F(NetDetectorTest, FindsCropAndWeed) {
  // Seven tiles wide; edges between the middles of scores, where two classes are alike.
  const Image image = Draw(301, 97, {{16, 16, 40, 24, 255, 0, 0}, {60, 60, 160, 80, 0, 0, 255}});
  NetDetector detector =
      Make(Load({}), {.area_min = 1, .width = image.width, .height = image.height});
  EXPECT_GT(detector.tiles_per_frame(), 6);
  const auto found = Detect(detector, image);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].kind, PlantKind::kWeed);
  EXPECT_NEAR(found[0].left, 16, 2);
  EXPECT_NEAR(found[0].right, 40, 2);
  EXPECT_NEAR(found[0].top, 16, 2);
  EXPECT_NEAR(found[0].bottom, 24, 2);
  EXPECT_EQ(found[1].kind, PlantKind::kCrop);
  EXPECT_NEAR(found[1].area, 2000, 300);

  const ClassView view = detector.last_classes(0);
  EXPECT_EQ(view.width, 301);
  EXPECT_EQ(view.height, 97);
  EXPECT_EQ(view.row(20)[28], kWeedPixel);
  EXPECT_EQ(view.row(70)[100], kCropPixel);
  EXPECT_EQ(view.row(20)[70], kNoPlant);
  int weed_pixels = 0;
  for (const uint8_t pixel : Classes(detector)) weed_pixels += pixel == kWeedPixel ? 1 : 0;
  EXPECT_EQ(weed_pixels, found[0].area);
}

TEST_F(NetDetectorTest, SmallPatchesAreLeftOutOfTheBoxesOnly) {
  const Image image = Draw(64, 64, {{16, 16, 24, 24, 255, 0, 0}, {40, 40, 60, 60, 255, 0, 0}});
  NetDetector detector = Make(Load({}), {.area_min = 200, .width = 64, .height = 64});
  EXPECT_EQ(Detect(detector, image).size(), 1U);
  EXPECT_EQ(detector.last_classes(0).row(20)[20], kWeedPixel);
}

// A network that sees no further than the overlap gives the same whatever the tiles are.
TEST_F(NetDetectorTest, TilesLeaveNoTrace) {
  ColourNet net;
  net.blurred = true;
  for (const auto& [width, height] : {std::pair{301, 203}, {64, 65}, {7, 200}, {2, 2}}) {
    const Image image = Noise(width, height, 11);
    net.how.tile_max = 512;
    NetDetector whole = Make(Load(net), {.width = width, .height = height});
    EXPECT_EQ(whole.tiles_per_frame(), 1);
    const auto expected = Detect(whole, image);
    for (const int tile_max : {32, 48, 64}) {
      net.how.tile_max = tile_max;
      for (const int batch : {1, 3, 100}) {
        NetDetector tiled = Make(Load(net), {.batch_max = batch, .width = width, .height = height});
        const auto found = Detect(tiled, image);
        EXPECT_TRUE(Classes(tiled) == Classes(whole)) << width << " " << tile_max << " " << batch;
        EXPECT_TRUE(found == expected);
      }
    }
  }
}

TEST_F(NetDetectorTest, FixedShapesAreFilledUp) {
  const Image image = Noise(301, 203, 4);
  NetDetector open = Make(Load({}), {.width = 301, .height = 203});
  const auto expected = Detect(open, image);
  ColourNet net;
  net.batch = 4, net.height = 24, net.width = 40;
  NetDetector fixed = Make(Load(net), {.batch_max = 1, .width = 301, .height = 203});
  EXPECT_TRUE(Detect(fixed, image) == expected);
  EXPECT_TRUE(Classes(fixed) == Classes(open));
}

TEST_F(NetDetectorTest, SeveralFramesShareRuns) {
  const SegmentationModel model = Load({});
  std::vector<Image> images;
  std::vector<std::vector<uint8_t>> expected;
  NetDetector one = Make(model, {.width = 120, .height = 90});
  for (unsigned seed = 0; seed < 3; ++seed) {
    images.push_back(Noise(120, 90, seed));
    Detect(one, images.back());
    expected.push_back(Classes(one));
  }
  NetDetector three = Make(model, {.batch_max = 5, .frames_max = 3, .width = 120, .height = 90});
  const FrameView frames[] = {View(images[0]), View(images[1]), View(images[2])};
  std::vector<Detection> found[3];
  ASSERT_TRUE(three.Detect(frames, found).ok());
  EXPECT_EQ(three.last_tiles(), 3 * three.tiles_per_frame());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(Classes(three, i) == expected[i]) << i;
    EXPECT_TRUE(found[i] == Detect(one, images[i])) << i;
  }
  // Fewer are fine, more or others are not.
  EXPECT_TRUE(three.Detect({frames, 2}, {found, 2}).ok());
  EXPECT_FALSE(three.Detect({frames, 2}, {found, 3}).ok());
  const Image other = Noise(121, 90, 1);
  const FrameView wide = View(other);
  EXPECT_FALSE(three.Detect({&wide, 1}, {found, 1}).ok());
}

TEST_F(NetDetectorTest, BayerFramesAreSeenAtHalfResolution) {
  Image mosaic = MakeImage(128, 96, 1);
  for (int y = 20; y < 40; ++y) {
    for (int x = 40; x < 80; ++x) mosaic.row(y)[x] = y % 2 == 0 && x % 2 == 0 ? 255 : 0;
  }
  const FrameView frame{.data = mosaic.pixels.data(),
                        .width = 128,
                        .height = 96,
                        .stride = 128,
                        .format = PixelFormat::kBayerRggb8};
  NetDetector detector =
      Make(Load({}), {.width = 128, .height = 96, .format = PixelFormat::kBayerRggb8});
  std::vector<Detection> found;
  ASSERT_TRUE(detector.Detect({&frame, 1}, {&found, 1}).ok());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, PlantKind::kWeed);
  EXPECT_NEAR(found[0].left, 40, 4);
  EXPECT_NEAR(found[0].bottom, 40, 4);
  EXPECT_EQ(detector.last_classes(0).scale, 2);
  EXPECT_EQ(detector.last_classes(0).width, 64);

  ColourNet odd;
  odd.how.scale = 1;
  const auto refused = NetDetector::Make(
      Load(odd), {.width = 128, .height = 96, .format = PixelFormat::kBayerRggb8});
  EXPECT_NE(refused.status().message().find("scale 1 is odd"), std::string::npos);
}

// Leaves: green enough for the index, with red or blue for the network.
constexpr uint8_t kLeafRed = 140, kLeafGreen = 200;

TEST_F(NetDetectorTest, HybridTakesPlantsFromTheIndexAndKindsFromTheNetwork) {
  const Image image = Draw(300, 200,
                           {{0, 0, 300, 200, 100, 80, 60},  // soil, which the network calls weed
                            {40, 40, 60, 61, kLeafRed, kLeafGreen, 0},
                            {200, 120, 230, 145, 0, kLeafGreen, kLeafRed}});
  ColourNet net;
  NetDetector detector =
      Make(Load(net), {.method = NetMethod::kHybrid, .width = 300, .height = 200});
  const auto found = Detect(detector, image);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], (Detection{40, 40, 60, 61, 420, PlantKind::kWeed}));
  EXPECT_EQ(found[1], (Detection{200, 120, 230, 145, 750, PlantKind::kCrop}));
  EXPECT_LT(detector.last_tiles(), detector.tiles_per_frame());
  EXPECT_GE(detector.last_tiles(), 2);

  // What the last frame left is gone.
  const Image soil = Draw(300, 200, {{0, 0, 300, 200, 100, 80, 60}});
  EXPECT_TRUE(Detect(detector, soil).empty());
  EXPECT_EQ(detector.last_tiles(), 0);
  const auto classes = Classes(detector);
  EXPECT_EQ(std::ranges::count(classes, kNoPlant), 300 * 200);
}

// A rim of crop that is weed by a hair is none; nor is a plant that the network takes for ground.
TEST_F(NetDetectorTest, HybridAsksThatTheNetworkBeSureOfAWeed) {
  const Image image = Draw(300, 200,
                           {{0, 0, 300, 200, 70, 60, 60},  // which the network calls ground
                            {40, 40, 60, 60, 140, kLeafGreen, 125},
                            {100, 40, 120, 60, 60, kLeafGreen, 60},
                            {200, 120, 220, 140, 140, kLeafGreen, 125},
                            {220, 120, 226, 140, kLeafRed, kLeafGreen, 0}});
  NetDetector detector =
      Make(Load({}), {.method = NetMethod::kHybrid, .width = 300, .height = 200});
  const auto found = Detect(detector, image);
  ASSERT_EQ(found.size(), 1U);  // the third, because a part of it is surely weed
  EXPECT_EQ(found[0], (Detection{200, 120, 226, 140, 520, PlantKind::kWeed}));
  const ClassView view = detector.last_classes(0);
  EXPECT_EQ(view.row(50)[50], kWeedPixel);
  EXPECT_EQ(view.row(50)[110], kNoPlant);
}

TEST_F(NetDetectorTest, HybridSeesPlantsAcrossTiles) {
  const Image image =
      Draw(300, 200, {{0, 0, 300, 200, 100, 80, 60}, {10, 90, 290, 110, kLeafRed, kLeafGreen, 0}});
  NetDetector detector =
      Make(Load({}), {.method = NetMethod::kHybrid, .width = 300, .height = 200});
  const auto found = Detect(detector, image);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (Detection{10, 90, 290, 110, 5600, PlantKind::kWeed}));
}

TEST_F(NetDetectorTest, ANetworkThatGivesOtherScoresIsNamed) {
  const SegmentationModel model = Load({});
  const auto small = NetDetector::Make(model, {.width = 1, .height = 100});
  EXPECT_TRUE(small.status().message().starts_with(model.model.name() + ": "));
  EXPECT_NE(small.status().message().find("1 x 100 pixels"), std::string::npos);

  // Sides of 33 are no multiple of its stride.
  ColourNet net;
  net.how.multiple = 1;
  net.how.tile_max = 33;
  const auto odd = NetDetector::Make(Load(net), {.width = 66, .height = 66});
  EXPECT_NE(odd.status().message().find("must give three scores"), std::string::npos)
      << odd.status().message();
}

}  // namespace
}  // namespace furrow::edge
