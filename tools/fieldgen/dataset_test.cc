// SPDX-License-Identifier: Apache-2.0
#include "dataset.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "edge/boom/standard.h"
#include "edge/image/image.h"

namespace furrow::fieldgen {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

size_t Lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

class Dataset : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "fieldgen-" + std::to_string(getpid());
    options_.out = folder_;
    options_.boom = edge::StandardBoom();
    edge::Camera& camera = options_.boom.cameras[0];
    camera.name = "far left/1";
    camera.width = 192;
    camera.height = 120;
    camera.focal /= 10;
    camera.centre_u = 96;
    camera.centre_v = 60;
    options_.cameras = {0};
    options_.field.weeds_per_m2 = 3;
    options_.field.width_m = 40;
    options_.field.crop = edge::Crop::kBeet;
    options_.length_m = 5;
    options_.frames = 3;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  DatasetOptions options_;
};

TEST_F(Dataset, HoldsImagesMasksAndTables) {
  size_t told = 0;
  const Status status = MakeDataset(options_, [&](size_t done, size_t all) {
    told = done;
    EXPECT_EQ(all, 3u);
  });
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(told, 3u);
  const auto image = edge::ReadImage(folder_ + "/images/far_left_1-000002.png");
  const auto mask = edge::ReadImage(folder_ + "/masks/far_left_1-000002.png");
  ASSERT_TRUE(image.ok() && mask.ok());
  EXPECT_EQ(image->width, 192);
  EXPECT_EQ(image->channels, 3);
  EXPECT_GT(std::ranges::count(mask->pixels, edge::kCropMask), 10);

  const std::string frames = Read(folder_ + "/frames.csv");
  EXPECT_EQ(Lines(frames), 4u);
  EXPECT_NE(frames.find("far_left_1-000001.png,far_left_1,1,0.277777584,1.666666,1.666666,"
                        "0.000000,0.000000000,none\n"),
            std::string::npos)
      << frames;
  std::vector<edge::Plant> plants;
  edge::Field(options_.field).PlantsIn(0, 5 * edge::kMetre, plants);
  EXPECT_EQ(Lines(Read(folder_ + "/truth.csv")), plants.size() + 1);
  EXPECT_EQ(Lines(Read(folder_ + "/weeds.csv")),
            static_cast<size_t>(std::ranges::count(plants, true, &edge::Plant::weed)) + 1);
  EXPECT_EQ(Read(folder_ + "/odometry.csv").substr(0, 120),
            "t_s,s_m,v_mps,yaw_rate_radps\n"
            "0.000000000,0.000000,6.000000,0.000000000\n"
            "0.010000000,0.060000,6.000000,0.000000000\n"
            "0.02000");
}

TEST_F(Dataset, TimeGrowsWhateverTheOdometer) {
  options_.frames = 0;
  options_.odometry = Odometry::kPoor;
  options_.drive = "turns";
  ASSERT_TRUE(MakeDataset(options_, [](size_t, size_t) {}).ok());
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/weeds.csv"));
  std::istringstream text(Read(folder_ + "/odometry.csv"));
  std::string line;
  std::getline(text, line);
  double last = -1;
  int rows = 0;
  for (; std::getline(text, line); ++rows) {
    const double t = std::stod(line);
    EXPECT_GT(t, last);
    last = t;
  }
  EXPECT_GT(rows, 80);
}

TEST_F(Dataset, FaultsComeWhenAskedFor) {
  options_.fault = edge::FrameFault::kBlack;
  options_.fault_every = 2;
  options_.bayer = true;
  ASSERT_TRUE(MakeDataset(options_, [](size_t, size_t) {}).ok());
  const auto good = edge::ReadImage(folder_ + "/images/far_left_1-000000.png");
  const auto black = edge::ReadImage(folder_ + "/images/far_left_1-000001.png");
  ASSERT_TRUE(good.ok() && black.ok());
  EXPECT_EQ(good->channels, 1);
  EXPECT_GT(*std::ranges::max_element(good->pixels), 100);
  EXPECT_EQ(*std::ranges::max_element(black->pixels), 0);
}

TEST_F(Dataset, ErrorsNameTheFile) {
  std::ofstream(folder_) << "a file, not a folder";
  const Status status = MakeDataset(options_, [](size_t, size_t) {});
  EXPECT_EQ(status.code(), Code::kIoError);
  EXPECT_EQ(status.message().find(folder_), 0u) << status.message();
}

TEST(Tables, DecimalsAreExact) {
  EXPECT_EQ(Decimal6(-1), "-0.000001");
  EXPECT_EQ(Decimal6(12'345'678), "12.345678");
  EXPECT_EQ(Decimal9(-1'500'000'000), "-1.500000000");
}

}  // namespace
}  // namespace furrow::fieldgen
