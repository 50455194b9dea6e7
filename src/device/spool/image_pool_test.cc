// SPDX-License-Identifier: Apache-2.0
#include "device/spool/image_pool.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace furrow::device {
namespace {

class ImagePoolTest : public testing::Test {
 protected:
  ImagePoolTest() {
    std::string name = std::filesystem::temp_directory_path() / "furrow-pool-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~ImagePoolTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  std::unique_ptr<ImagePool> Open(const std::string& sent = "") {
    auto pool = ImagePool::Open(folder_ + "/waiting", nullptr,
                                [&](const std::string& name) { return name == sent; });
    EXPECT_TRUE(pool.ok()) << pool.status().message();
    return std::move(pool).value();
  }
  std::string folder_;
};

TEST_F(ImagePoolTest, TheLeastValuableGivesWay) {
  auto pool = Open();
  const std::string image(100, 'x');
  EXPECT_TRUE(*pool->Add("a", 0.5, image, "{}", 320));
  EXPECT_TRUE(*pool->Add("b", 0.2, image, "{}", 320));
  EXPECT_TRUE(*pool->Add("c", 0.9, image, "{\"n\":3}", 320));
  EXPECT_EQ(pool->count(), 3u);
  EXPECT_FALSE(*pool->Add("d", 0.1, image, "{}", 320));
  EXPECT_TRUE(*pool->Add("e", 0.7, image, "{}", 320));
  EXPECT_EQ(pool->count(), 3u);
  EXPECT_EQ(pool->given_up(), 2u);
  EXPECT_EQ(pool->Best()->name, "c");
  EXPECT_EQ(pool->Best()->text, "{\"n\":3}");
  pool->Remove("c");
  EXPECT_EQ(pool->Best()->name, "e");
  EXPECT_TRUE(pool->GiveUp());
  EXPECT_TRUE(pool->GiveUp());
  EXPECT_FALSE(pool->GiveUp());
  EXPECT_EQ(pool->bytes(), 0u);
}

TEST_F(ImagePoolTest, ComesBackWithoutRemnantsAndWithoutWhatWasSent) {
  {
    auto pool = Open();
    EXPECT_TRUE(*pool->Add("a", 0.5, "image", "{}", 1000));
    EXPECT_TRUE(*pool->Add("b", 0.6, "image", "{}", 1000));
  }
  std::ofstream(folder_ + "/waiting/0000700000-half.png") << "no text yet";
  std::ofstream(folder_ + "/waiting/nonsense") << "x";
  auto pool = Open("b");
  EXPECT_EQ(pool->count(), 1u);
  EXPECT_EQ(pool->Best()->name, "a");
  size_t files = 0;
  for (const auto& one : std::filesystem::directory_iterator(folder_ + "/waiting")) {
    files += one.is_regular_file();
  }
  EXPECT_EQ(files, 2u);
}

}  // namespace
}  // namespace furrow::device
