// SPDX-License-Identifier: Apache-2.0
#include "infer/model.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "infer/library.h"
#include "infer/onnx_fixture.h"

namespace furrow::infer {
namespace {

namespace fs = std::filesystem;

/// Skips where the library is not installed.
class ModelTest : public testing::Test {
 protected:
  void SetUp() override {
    const Status status = LibraryVersion().status();
    if (status.code() == Code::kNotFound) GTEST_SKIP() << status.message();
    ASSERT_TRUE(status.ok()) << status.message();
  }
};

/// Sums of squares of 2 x 2, times a weight.
OnnxModel Squares() {
  return OnnxModel()
      .Input("pixels", kOnnxFloat, {-1, 1, -1, -1})
      .Output("sums", kOnnxFloat, {-1, 1, -1, -1})
      .Weights("weight", {1, 1, 2, 2}, {1, 10, 100, 1000})
      .Node("Conv", {"pixels", "weight"}, "sums", {{"strides", {2, 2}}})
      .Property("note", "made for a test");
}

TEST_F(ModelTest, SaysWhatItTakesAndGives) {
  const auto model = Model::FromBytes(Squares().Text(), "squares");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_EQ(model->name(), "squares");
  ASSERT_EQ(model->inputs().size(), 1U);
  EXPECT_EQ(model->inputs()[0].name, "pixels");
  EXPECT_TRUE(model->inputs()[0].is_float);
  EXPECT_EQ(model->inputs()[0].shape, (Shape{-1, 1, -1, -1}));
  ASSERT_EQ(model->outputs().size(), 1U);
  EXPECT_EQ(model->outputs()[0].name, "sums");
  EXPECT_EQ(model->Property("note"), "made for a test");
  EXPECT_EQ(model->Property("nothing"), std::nullopt);
}

TEST_F(ModelTest, RunsOnTheCallersMemory) {
  const auto model = Model::FromBytes(Squares().Text(), "squares", {.threads = 2});
  ASSERT_TRUE(model.ok()) << model.status().message();
  const Shape in_shape = {2, 1, 2, 4};
  const auto out_shapes = model->OutputShapes({&in_shape, 1});
  ASSERT_TRUE(out_shapes.ok()) << out_shapes.status().message();
  ASSERT_EQ(*out_shapes, (std::vector<Shape>{{2, 1, 1, 2}}));

  std::vector<float> in(16), out(4, -1);
  std::iota(in.begin(), in.end(), 0.0F);
  const TensorView from{in_shape, in}, to{out_shapes->front(), out};
  auto binding = model->Bind({&from, 1}, {&to, 1});
  ASSERT_TRUE(binding.ok()) << binding.status().message();
  ASSERT_TRUE(binding->Run().ok());
  EXPECT_EQ(out, (std::vector<float>{5410, 7632, 14298, 16520}));
  in[0] = 1;  // the binding reads what is there now
  ASSERT_TRUE(binding->Run().ok());
  EXPECT_EQ(out[0], 5411);
}

TEST_F(ModelTest, OneModelRunsOnManyThreads) {
  const auto model = Model::FromBytes(Squares().Text(), "squares");
  ASSERT_TRUE(model.ok());
  std::vector<std::thread> threads;
  std::vector<int> right(4);
  for (size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      std::vector<float> in(4, static_cast<float>(t)), out(1);
      const TensorView from{{1, 1, 2, 2}, in}, to{{1, 1, 1, 1}, out};
      auto binding = model->Bind({&from, 1}, {&to, 1});
      for (int i = 0; binding.ok() && i < 200; ++i) {
        in[0] = static_cast<float>(i);
        const float expected = static_cast<float>(i) + 1110 * static_cast<float>(t);
        right[t] += binding->Run().ok() && out[0] == expected ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 200));
}

TEST_F(ModelTest, WhatDoesNotFitIsNamed) {
  const auto model = Model::FromBytes(Squares().Text(), "squares");
  ASSERT_TRUE(model.ok());
  std::vector<float> memory(64);
  const auto message = [&](const Shape& in, size_t in_size, const Shape& out, size_t out_size) {
    const TensorView from{in, std::span(memory).first(in_size)};
    const TensorView to{out, std::span(memory).first(out_size)};
    const auto binding = model->Bind({&from, 1}, {&to, 1});
    EXPECT_EQ(binding.status().code(), Code::kInvalidArgument);
    return binding.status().message();
  };
  EXPECT_EQ(message({1, 3, 2, 2}, 12, {1, 1, 1, 1}, 1),
            "squares: input 'pixels' has the shape ? x 1 x ? x ?, not 1 x 3 x 2 x 2");
  EXPECT_EQ(message({1, 1, 2}, 2, {1, 1, 1, 1}, 1),
            "squares: input 'pixels' has the shape ? x 1 x ? x ?, not 1 x 1 x 2");
  EXPECT_EQ(message({1, 1, 2, -1}, 4, {1, 1, 1, 1}, 1),
            "squares: input 'pixels' has the shape ? x 1 x ? x ?, not 1 x 1 x 2 x ?");
  EXPECT_EQ(message({1, 1, 2, 2}, 4, {1, 2, 1, 1}, 2),
            "squares: output 'sums' has the shape ? x 1 x ? x ?, not 1 x 2 x 1 x 1");
  EXPECT_EQ(message({1, 1, 2, 2}, 5, {1, 1, 1, 1}, 1),
            "squares: 'pixels' is given memory for 5 numbers; 1 x 1 x 2 x 2 are 4");
  EXPECT_EQ(model->Bind({}, {}).status().message(), "squares: the model has 1 inputs, not 0");

  // Shapes that no declaration excludes are refused by the run.
  const TensorView from{{1, 1, 2, 2}, std::span(memory).first(4)};
  const TensorView to{{1, 1, 3, 3}, std::span(memory).first(9)};
  auto binding = model->Bind({&from, 1}, {&to, 1});
  ASSERT_TRUE(binding.ok());
  EXPECT_TRUE(binding->Run().message().starts_with("squares: ")) << binding->Run().message();
  const Shape too_small = {1, 1, 1, 1};
  EXPECT_TRUE(model->OutputShapes({&too_small, 1}).status().message().starts_with("squares: "));
}

TEST_F(ModelTest, OtherTypesThanFloatAreKnownButNotBound) {
  const auto model = Model::FromBytes(OnnxModel()
                                          .Input("counts", kOnnxInt64, {2})
                                          .Output("same", kOnnxInt64, {2})
                                          .Node("Identity", {"counts"}, "same")
                                          .Text(),
                                      "whole");
  ASSERT_TRUE(model.ok()) << model.status().message();
  EXPECT_FALSE(model->inputs()[0].is_float);
  const Shape shape = {2};
  EXPECT_EQ(model->OutputShapes({&shape, 1}).status().message(),
            "whole: input 'counts' is not a tensor of 32-bit floating point numbers");
}

TEST_F(ModelTest, WhatIsNoModelIsNamed) {
  const auto message = [](std::string_view bytes) {
    const auto model = Model::FromBytes(bytes, "m.onnx");
    EXPECT_EQ(model.status().code(), Code::kInvalidArgument);
    return model.status().message();
  };
  EXPECT_EQ(message(""), "m.onnx: the file is empty");
  EXPECT_EQ(message("weights"), "m.onnx: it is not an ONNX model, or only a part of one");
  const std::string unknown = OnnxModel()
                                  .Input("x", kOnnxFloat, {1})
                                  .Output("y", kOnnxFloat, {1})
                                  .Node("Levitate", {"x"}, "y")
                                  .Text();
  EXPECT_NE(message(unknown).find("Levitate"), std::string::npos) << message(unknown);
  const std::string loose = OnnxModel()
                                .Input("x", kOnnxFloat, {1})
                                .Output("y", kOnnxFloat, {1})
                                .Node("Identity", {"z"}, "y")
                                .Text();
  EXPECT_TRUE(message(loose).starts_with("m.onnx: ")) << message(loose);
}

TEST_F(ModelTest, DamagedModelsAreErrorsOrModels) {
  const std::string whole = Squares().Text();
  int refused = 0;
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto model = Model::FromBytes(whole.substr(0, size), "m.onnx");
    if (!model.ok()) refused += model.status().message().starts_with("m.onnx: ") ? 1 : 1000;
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) / 2);
  EXPECT_LT(refused, 1000);
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    if (round % 3 == 0) {
      for (char& byte : bytes) byte = static_cast<char>(random());
    } else {
      bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    }
    const auto model = Model::FromBytes(bytes, "m.onnx");
    EXPECT_TRUE(model.ok() || model.status().message().starts_with("m.onnx: "));
  }
}

TEST_F(ModelTest, FilesAreNamed) {
  const fs::path path = fs::temp_directory_path() / ("model_" + std::to_string(getpid()));
  EXPECT_EQ(Model::Load(path).status().code(), Code::kNotFound);
  EXPECT_EQ(Model::Load(path).status().message(), path.string() + ": cannot be opened");
  std::ofstream(path) << Squares().Text();
  EXPECT_TRUE(Model::Load(path).ok());
  std::ofstream(path, std::ios::trunc) << Squares().Text().substr(0, 40);
  EXPECT_TRUE(Model::Load(path).status().message().starts_with(path.string() + ": "));
  EXPECT_FALSE(Model::Load(fs::temp_directory_path()).ok()) << "a folder";
  fs::remove(path);
}

TEST(Shapes, AreCountedWithoutOverflow) {
  EXPECT_EQ(ElementCount({}), 1U);
  EXPECT_EQ(ElementCount({2, 3, 4}), 24U);
  EXPECT_EQ(ElementCount({2, -1}), 0U);
  EXPECT_EQ(ElementCount({int64_t{1} << 33, int64_t{1} << 33}), 0U);
  EXPECT_EQ(ShapeText({1, -1}), "1 x ?");
}

}  // namespace
}  // namespace furrow::infer
