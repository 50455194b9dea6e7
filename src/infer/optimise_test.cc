// SPDX-License-Identifier: Apache-2.0
#include "infer/optimise.h"

#include <unistd.h>

#include <filesystem>

#include <gtest/gtest.h>

#include "infer/library.h"
#include "infer/model.h"
#include "infer/onnx_fixture.h"

namespace furrow::infer {
namespace {

class Optimise : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!LibraryVersion().ok()) GTEST_SKIP() << "needs ONNX Runtime";
    path_ = ::testing::TempDir() + "optimised-" + std::to_string(getpid()) + ".onnx";
  }
  void TearDown() override { std::filesystem::remove(path_); }
  std::string path_;
};

/// y = relu(conv(x)), which the optimiser makes one operator.
std::string Net() {
  return OnnxModel()
      .Input("x", kOnnxFloat, {1, 3, -1, -1})
      .Output("y", kOnnxFloat, {1, 3, -1, -1})
      .Weights("w", {3, 3, 1, 1}, {1, 0, 0, 0, -1, 0, 0, 0, 2})
      .Node("Conv", {"x", "w"}, "c")
      .Node("Relu", {"c"}, "y")
      .Property("key", "value")
      .Text();
}

std::vector<float> Answers(const Model& model) {
  std::vector<float> in = {1, 2, 3, 4, -1, -2, -3, -4, 5, 6, 7, 8}, out(12);
  const TensorView from{{1, 3, 2, 2}, in}, to{{1, 3, 2, 2}, out};
  auto binding = model.Bind({&from, 1}, {&to, 1});
  EXPECT_TRUE(binding.ok() && binding->Run().ok());
  return out;
}

TEST_F(Optimise, GivesTheSameWithFewerOperators) {
  const std::string net = Net();
  const Status done = WriteOptimised(net, "net", path_);
  ASSERT_TRUE(done.ok()) << done.ToString();
  const auto before = Model::FromBytes(net, "net"), after = Model::Load(path_);
  ASSERT_TRUE(before.ok() && after.ok()) << after.status().ToString();
  EXPECT_EQ(Answers(*after), Answers(*before));
  EXPECT_EQ(Answers(*after)[0], 1);
  EXPECT_EQ(after->Property("key"), "value");
}

TEST_F(Optimise, ErrorsNameTheModel) {
  EXPECT_EQ(WriteOptimised("nonsense", "net", path_).message().find("net: "), 0u);
  EXPECT_EQ(WriteOptimised("", "net", path_).code(), Code::kInvalidArgument);
  EXPECT_FALSE(WriteOptimised(Net(), "net", "/nowhere/at/all.onnx").ok());
}

}  // namespace
}  // namespace furrow::infer
