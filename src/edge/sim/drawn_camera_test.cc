// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/drawn_camera.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "edge/boom/standard.h"
#include "edge/detect/net_fixture.h"
#include "edge/sim/simulation.h"
#include "infer/library.h"

namespace furrow::edge {
namespace {

/// Without a word on any species: what is greener than it is red is crop, or weed, as is asked for.
SegmentationModel GreenNet(const char* kind) {
  ColourNet net;
  net.how.tile_max = 512;
  // Scores: a constant, the ground by red above green, another constant that is surely higher.
  infer::OnnxModel model;
  model.Input("pixels", infer::kOnnxFloat, {-1, 3, -1, -1})
      .Output("scores", infer::kOnnxFloat, {-1, 3, -1, -1})
      .Weights("weight", {3, 3, 1, 1}, {0, 0, 0, 40, -40, 0, 0, 0, 0})
      .Weights("bias", {3}, {-3, 0, 0})
      .Node("Conv", {"pixels", "weight", "bias"}, "scores", {{"strides", {2, 2}}});
  const bool weed = std::string_view(kind) == "weed";
  net.how.background = 1;
  net.how.weed = weed ? 2 : 0;
  net.how.crop = weed ? 0 : 2;
  const auto path = std::filesystem::temp_directory_path() /
                    ("drawn_camera_" + std::to_string(getpid()) + ".onnx");
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      << Sealed(model.Property("furrow.segmentation", SegmentationText(net.how)).Text());
  auto loaded = LoadSegmentation(path, 1);
  std::filesystem::remove(path);
  EXPECT_TRUE(loaded.ok()) << loaded.status().message();
  return std::move(loaded).value();
}

class DrawnCameraTest : public testing::TestWithParam<NetMethod> {
 protected:
  void SetUp() override {
    const Status status = infer::LibraryVersion().status();
    if (status.code() == Code::kNotFound) GTEST_SKIP() << status.message();
    options_.boom = StandardBoom(1);
    HalvePixels();
    options_.pixels = true;
    options_.yaw_rate_radps = 0;
    options_.distance_m = 7;
    options_.field.weeds_per_m2 = 4;
    options_.detect.net = GetParam();
    static DrawnFrames frames;  // one field for all
    options_.detect.frames = &frames;
  }
  void HalvePixels() {
    Camera& camera = options_.boom.cameras[0];
    camera.width /= 2, camera.height /= 2;
    camera.focal /= 2, camera.centre_u /= 2, camera.centre_v /= 2;
  }
  SimulationReport Simulated() {
    auto report = Simulate(options_, [](double) {});
    EXPECT_TRUE(report.ok()) << report.status().ToString();
    return report.ok() ? *report : SimulationReport{};
  }
  SimulationOptions options_;
};

TEST_P(DrawnCameraTest, WhatTheNetworkCallsWeedIsSprayed) {
  const SegmentationModel model = GreenNet("weed");
  options_.detect.model = &model;
  const SimulationReport report = Simulated();
  ASSERT_GT(report.weeds, 15u);
  EXPECT_GE(report.hit, report.weeds * 9 / 10);
  EXPECT_LT(report.product_m2, 1.5 * report.needed_m2);
}

TEST_P(DrawnCameraTest, WhatItCallsCropIsNot) {
  const SegmentationModel model = GreenNet("crop");
  options_.detect.model = &model;
  const SimulationReport report = Simulated();
  ASSERT_GT(report.weeds, 15u);
  EXPECT_EQ(report.sprays, 0u);
  EXPECT_EQ(report.hit, 0u);
}

TEST_P(DrawnCameraTest, FramesThatAreKeptGiveTheSame) {
  const SegmentationModel model = GreenNet("weed");
  options_.detect.model = &model;
  options_.distance_m = 5;
  HalvePixels();
  options_.detect.frames = nullptr;
  const uint64_t hash = Simulated().hash;
  DrawnFrames frames;
  options_.detect.frames = &frames;
  EXPECT_EQ(Simulated().hash, hash);
  const size_t count = frames.size();
  EXPECT_GT(count, 5u);
  EXPECT_EQ(Simulated().hash, hash);
  EXPECT_EQ(frames.size(), count);
  // They are what is looked at.
  for (auto& [place, pixels] : frames) std::ranges::fill(pixels, uint8_t{90});
  EXPECT_EQ(Simulated().sprays, 0u);
}

TEST_P(DrawnCameraTest, ANetworkThatDoesNotFitTheCamerasIsNamed) {
  SegmentationModel model = GreenNet("weed");
  model.how.scale = 1;
  options_.detect.model = &model;
  const auto report = Simulate(options_, [](double) {});
  ASSERT_FALSE(report.ok());
  EXPECT_NE(report.status().message().find("scale 1 is odd"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Methods, DrawnCameraTest,
                         testing::Values(NetMethod::kNet, NetMethod::kHybrid));

}  // namespace
}  // namespace furrow::edge
