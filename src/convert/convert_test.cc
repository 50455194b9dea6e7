// SPDX-License-Identifier: Apache-2.0
// A whole conversion of a network that needs no training: red is weed, blue is crop.
#include "convert/convert.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "edge/boom/boom.h"
#include "edge/boom/standard.h"
#include "edge/detect/net_fixture.h"
#include "edge/image/image.h"
#include "infer/library.h"
#include "json/text.h"

namespace furrow::convert {
namespace {

namespace fs = std::filesystem;

class ConvertTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!infer::LibraryVersion().ok()) GTEST_SKIP() << "needs ONNX Runtime";
    folder_ = ::testing::TempDir() + "convert-" + std::to_string(getpid());
    fs::remove_all(folder_);
    for (const char* slice : {"a", "b"}) {
      fs::create_directories(folder_ + "/data/" + slice + "/images");
      fs::create_directories(folder_ + "/data/" + slice + "/masks");
      for (int i = 0; i < 6; ++i) WriteFrame(folder_ + "/data/" + slice, i);
    }
    edge::Boom boom = edge::StandardBoom(1);
    edge::Camera& camera = boom.cameras[0];
    camera.width = 192;
    camera.height = 120;
    camera.focal /= 10;
    camera.centre_u = 96;
    camera.centre_v = 60;
    std::ofstream(folder_ + "/boom.toml") << edge::BoomText(boom);
    std::ofstream(folder_ + "/policy.toml")
        << "format = 1\n[check]\nlatency_runs = 5\n[gates]\nlatency_ratio_max = false\n";
    std::ofstream(folder_ + "/net.onnx", std::ios::binary) << edge::ColourNet().File();
    options_ = {.model = folder_ + "/net.onnx",
                .data = folder_ + "/data",
                .boom = folder_ + "/boom.toml",
                .out = folder_ + "/out",
                .policy = folder_ + "/policy.toml",
                .method = edge::NetMethod::kNet};
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void WriteFrame(const std::string& slice, int i) {
    edge::Image image = edge::MakeImage(192, 120, 3), mask = edge::MakeImage(192, 120, 1);
    for (int y = 20 + 10 * i; y < 36 + 10 * i; ++y) {
      for (int x = 40; x < 60; ++x) {
        image.row(y)[3 * x] = 255;  // a red weed
        mask.row(y)[x] = 255;
        image.row(y)[3 * (x + 60) + 2] = 255;  // a blue crop
        mask.row(y)[x + 60] = 128;
      }
    }
    const std::string name = "/" + std::to_string(i) + ".png";
    ASSERT_TRUE(edge::WritePng(image, slice + "/images" + name).ok());
    ASSERT_TRUE(edge::WritePng(mask, slice + "/masks" + name).ok());
  }
  Result<Converted> Run() {
    return Convert(options_, SystemClock(), [](const char*, size_t, size_t) {});
  }
  /// A network that somebody else made.
  void WriteOther(const edge::ColourNet& net) {
    options_.converted = folder_ + "/other.onnx";
    std::ofstream(options_.converted, std::ios::binary) << net.File();
  }
  std::vector<std::string> Failed(const Converted& done) {
    std::vector<std::string> failed;
    for (const GateOutcome& gate : done.verdict.gates) {
      if (!gate.passed) failed.push_back(gate.name);
    }
    return failed;
  }

  std::string folder_;
  ConvertOptions options_;
};

TEST_F(ConvertTest, WhatIsOnlyOptimisedPasses) {
  const auto done = Run();
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_TRUE(done->verdict.passed) << VerdictText(done->verdict);
  const Figures& f = done->figures;
  EXPECT_EQ(f.slices, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(f.all.frames, 12U);
  EXPECT_EQ(f.all.sum.weeds, 12U);
  EXPECT_EQ(f.all.sum.missed_source, 0U);
  EXPECT_GT(f.all.sum.open_source, 11U);
  EXPECT_NEAR(f.output.cosine, 1, 1e-9);
  EXPECT_GT(f.all.iou_truth_result[2], 0.7);
  EXPECT_EQ(f.repeated, 4U);
  EXPECT_GE(f.result.latency.runs, 5U);
  std::ifstream file(folder_ + "/out/report.json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto report = json::Parse(text);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->At("verdict").AsString(), "passed");
  EXPECT_EQ(report->At("golden").At("differ").AsInt(), 0);
  EXPECT_EQ(report->At("golden").At("frames").AsInt(), 4);
  EXPECT_TRUE(fs::exists(folder_ + "/out/golden/3.png"));
  EXPECT_TRUE(fs::exists(folder_ + "/out/report.html"));
  EXPECT_TRUE(edge::LoadSegmentation(folder_ + "/out/model.onnx", 1).ok());

  // It is not replaced unless asked for, and then whole.
  EXPECT_EQ(Run().status().code(), Code::kAlreadyExists);
  options_.force = true;
  std::ofstream(folder_ + "/out/old") << "old";
  EXPECT_TRUE(Run().ok());
  EXPECT_FALSE(fs::exists(folder_ + "/out/old"));
  for (const auto& entry : fs::directory_iterator(folder_)) {
    EXPECT_EQ(entry.path().string().find(".new"), std::string::npos) << entry.path();
  }
}

TEST_F(ConvertTest, ChangedWeightsAreFoundByTheirDecisions) {
  edge::ColourNet net;
  net.blurred = true;
  WriteOther(net);
  const auto done = Run();
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_FALSE(done->verdict.passed);
  EXPECT_LT(done->figures.output.cosine, 0.9999);
  EXPECT_EQ(done->report.At("verdict").AsString(), "failed");
  EXPECT_NE(done->report.At("line").AsString().find("cosine_min"), std::string::npos);
  EXPECT_TRUE(fs::exists(folder_ + "/out/report.json")) << "written all the same";
}

TEST_F(ConvertTest, AnotherEntryIsFound) {
  edge::ColourNet net;
  net.how.overlap = 0;
  net.how.crop = 0;
  net.how.weed = 2;
  WriteOther(net);
  const auto done = Run();
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_EQ(done->figures.preprocessing_changes, (std::vector<std::string>{"classes", "overlap"}));
  EXPECT_EQ(done->figures.all.sum.missed_result, 12U) << "all weeds are taken for crop";
  EXPECT_EQ(done->figures.all.missed_more.value, 1);
}

TEST_F(ConvertTest, ScoresInOtherPlacesCannotBeCompared) {
  edge::ColourNet net;
  net.how.scale = 1;
  WriteOther(net);
  const auto done = Run();
  ASSERT_TRUE(done.ok()) << done.status().ToString();
  EXPECT_FALSE(done->figures.output.comparable);
  EXPECT_FALSE(done->figures.output.why_not.empty());
  EXPECT_EQ(Failed(*done)[0], "preprocessing_changes_max");
  EXPECT_EQ(Failed(*done)[1], "cosine_min");
}

TEST_F(ConvertTest, ErrorsNameTheFileAndWriteNothing) {
  const auto message = [&] { return Run().status().message(); };
  options_.model = folder_ + "/boom.toml";
  EXPECT_EQ(message().rfind(options_.model, 0), 0U) << message();
  options_.model = folder_ + "/net.onnx";
  options_.data = folder_ + "/none";
  EXPECT_EQ(message().rfind(options_.data, 0), 0U) << message();
  fs::create_directories(options_.data + "/images");
  EXPECT_NE(message().find("holds images/"), std::string::npos) << message();
  ASSERT_TRUE(edge::WritePng(edge::MakeImage(64, 64, 3), options_.data + "/images/x.png").ok());
  EXPECT_NE(message().find("x.png: is 64 x 64 pixels, and no camera"), std::string::npos);
  options_.data = folder_ + "/data";
  ASSERT_TRUE(edge::WritePng(edge::MakeImage(64, 64, 1), folder_ + "/data/a/masks/2.png").ok());
  EXPECT_NE(message().find("masks/2.png: a mask is grey"), std::string::npos) << message();
  options_.target = Target::kInt8;
  options_.python = "/bin/false";
  EXPECT_NE(message().find("pip install onnx"), std::string::npos) << message();
  EXPECT_FALSE(fs::exists(folder_ + "/out"));
}

}  // namespace
}  // namespace furrow::convert
