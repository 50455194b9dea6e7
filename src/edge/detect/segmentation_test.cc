// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/segmentation.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "edge/detect/net_fixture.h"
#include "infer/library.h"
#include "json/text.h"
#include "json/value.h"

namespace furrow::edge {
namespace {

namespace fs = std::filesystem;

constexpr char kExample[] =
    R"({"format": 1, "classes": ["background", "crop", "weed"], "channels": "rgb", "scale": 2,
        "mean": [0.4, 0.35, 0.3], "deviation": [0.2, 0.2, 0.2], "multiple": 16, "tile_max": 512,
        "overlap": 32})";

TEST(SegmentationEntry, IsRead) {
  const auto how = ParseSegmentation(kExample);
  ASSERT_TRUE(how.ok()) << how.status().message();
  EXPECT_EQ(*how, (Segmentation{.background = 0,
                                .crop = 1,
                                .weed = 2,
                                .blue_first = false,
                                .scale = 2,
                                .mean = {0.4, 0.35, 0.3},
                                .deviation = {0.2, 0.2, 0.2},
                                .multiple = 16,
                                .tile_max = 512,
                                .overlap = 32}));
}

TEST(SegmentationEntry, IsWrittenAndReadAgain) {
  Segmentation how = ColourNet().how;
  for (const bool blue_first : {false, true}) {
    how.blue_first = blue_first;
    const auto again = ParseSegmentation(SegmentationText(how));
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(*again, how);
  }
}

TEST(SegmentationEntry, WhatIsWrongIsNamed) {
  const json::Value example = *json::Parse(kExample);
  const struct {
    const char* member;
    json::Value value;
  } kWrong[] = {
      {"format", 2},
      {"format", nullptr},
      {"classes", json::Array{"background", "crop"}},
      {"classes", json::Array{"background", "crop", "crop"}},
      {"classes", json::Array{"background", "crop", "weed", "weed"}},
      {"classes", 3},
      {"channels", "rbg"},
      {"channels", 1},
      {"scale", 3},
      {"scale", 16},
      {"scale", 2.0},
      {"scale", nullptr},
      {"mean", json::Array{0.1, 0.2}},
      {"mean", json::Array{0.1, 0.2, "x"}},
      {"mean", json::Array{0.1, 0.2, 1e30}},
      {"deviation", json::Array{0.1, 0.2, 0}},
      {"multiple", 0},
      {"multiple", 48},
      {"tile_max", 1 << 20},
      {"overlap", 33},
      {"overlap", 144},
      {"overlap", -1},
      {"overlaps", 1},
  };
  for (const auto& [member, value] : kWrong) {
    json::Value root = example;
    root[member] = value;
    const auto how = ParseSegmentation(json::Write(root));
    ASSERT_FALSE(how.ok()) << member << " " << json::Write(value);
    const std::string message = how.status().message();
    EXPECT_NE(message.find(member), std::string::npos) << member << ": " << message;
  }
  for (const json::Member& member : example.object()) {
    json::Value root = example;
    root.object().Erase(member.key);
    EXPECT_NE(ParseSegmentation(json::Write(root)).status().message().find(member.key),
              std::string::npos)
        << member.key;
  }
  EXPECT_FALSE(ParseSegmentation("").ok());
  EXPECT_FALSE(ParseSegmentation("[]").ok());
  EXPECT_FALSE(ParseSegmentation(R"({"mean": {"a":)").ok());
}

TEST(Seal, FitsWhatItCloses) {
  const std::string whole = Sealed("a network");
  EXPECT_TRUE(CheckSeal(whole).ok());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string bytes = whole;
    bytes[i] ^= 1;
    EXPECT_FALSE(CheckSeal(bytes).ok()) << i;
    EXPECT_FALSE(CheckSeal(whole.substr(0, i)).ok()) << i;
  }
  std::string bytes = whole;
  bytes[0] ^= 1;
  EXPECT_EQ(CheckSeal(bytes).code(), Code::kCorruption);
  EXPECT_EQ(CheckSeal("").code(), Code::kInvalidArgument);
  EXPECT_FALSE(CheckSeal(whole + "x").ok());
}

class SegmentationFile : public testing::Test {
 protected:
  void SetUp() override {
    const Status status = infer::LibraryVersion().status();
    if (status.code() == Code::kNotFound) GTEST_SKIP() << status.message();
  }
  ~SegmentationFile() override { fs::remove(path_); }

  Result<SegmentationModel> Load(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    return LoadSegmentation(path_, 1);
  }
  std::string Message(const std::string& bytes) {
    const std::string message = Load(bytes).status().message();
    EXPECT_TRUE(message.starts_with(path_.string() + ": ")) << message;
    return message;
  }

  const fs::path path_ =
      fs::temp_directory_path() / ("segmentation_" + std::to_string(getpid()) + ".onnx");
};

TEST_F(SegmentationFile, IsLoaded) {
  ColourNet net;
  const auto open = Load(net.File());
  ASSERT_TRUE(open.ok()) << open.status().message();
  EXPECT_EQ(open->how, net.how);
  EXPECT_EQ(open->batch + open->width + open->height, 0);
  EXPECT_EQ(open->sha256.size(), 64U);
  net.batch = 2, net.height = 24, net.width = 32;
  const auto fixed = Load(net.File());
  ASSERT_TRUE(fixed.ok()) << fixed.status().message();
  EXPECT_EQ(fixed->batch, 2);
  EXPECT_EQ(fixed->height, 24);
  EXPECT_EQ(fixed->width, 32);
  EXPECT_NE(fixed->sha256, open->sha256);
}

TEST_F(SegmentationFile, AFileThatIsNoneIsNamed) {
  EXPECT_NE(Message("").find("digest"), std::string::npos);
  EXPECT_NE(Message(std::string(5000, 'x')).find("digest"), std::string::npos);
  EXPECT_NE(Message(Sealed(std::string(5000, '\xFF'))).find("not an ONNX model"),
            std::string::npos);
  EXPECT_EQ(LoadSegmentation(path_.string() + ".none", 1).status().code(), Code::kNotFound);
  const std::string whole = ColourNet().File();
  for (const size_t size : {size_t{1}, whole.size() / 2, whole.size() - 1}) {
    Message(whole.substr(0, size));
  }
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    Message(bytes);
  }
}

TEST_F(SegmentationFile, ANetworkOfAnotherKindIsNamed) {
  const std::string entry = SegmentationText(ColourNet().how);
  const auto message = [&](infer::OnnxModel model) {
    return Message(Sealed(model.Property("furrow.segmentation", entry).Text()));
  };
  EXPECT_NE(Message(Sealed(ColourNet().Graph().Text())).find("no entry furrow.segmentation"),
            std::string::npos);
  EXPECT_NE(Message(Sealed(ColourNet().Graph().Property("furrow.segmentation", "{}").Text()))
                .find("furrow.segmentation: format"),
            std::string::npos);
  using infer::OnnxModel;
  EXPECT_NE(message(OnnxModel()
                        .Input("a", infer::kOnnxFloat, {1, 3, 8, 8})
                        .Input("b", infer::kOnnxFloat, {1, 3, 8, 8})
                        .Output("c", infer::kOnnxFloat, {1, 3, 8, 8})
                        .Node("Add", {"a", "b"}, "c"))
                .find("2 inputs and 1 outputs"),
            std::string::npos);
  const auto same = [](int type, const std::vector<int64_t>& shape) {
    return OnnxModel()
        .Input("a", type, shape)
        .Output("b", type, shape)
        .Node("Identity", {"a"}, "b");
  };
  EXPECT_NE(message(same(infer::kOnnxUint8, {1, 3, 8, 8})).find("'a' is another type"),
            std::string::npos);
  EXPECT_NE(message(same(infer::kOnnxFloat, {1, 8, 8})).find("of shape 1 x 8 x 8"),
            std::string::npos);
  EXPECT_NE(message(same(infer::kOnnxFloat, {1, 4, 8, 8})).find("of shape 1 x 4 x 8 x 8"),
            std::string::npos);
  EXPECT_NE(message(same(infer::kOnnxFloat, {1, 3, 5000, 8})).find("above 4096"),
            std::string::npos);
  EXPECT_NE(message(same(infer::kOnnxFloat, {1, 3, 8, 8})).find("a quarter of the input's 8"),
            std::string::npos);
  EXPECT_NE(message(same(infer::kOnnxFloat, {1, 3, 30, 32})).find("no multiple of 4"),
            std::string::npos);
}

}  // namespace
}  // namespace furrow::edge
