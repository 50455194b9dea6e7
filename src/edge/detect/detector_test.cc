// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/detector.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {
std::atomic<int64_t> allocations{0};
}  // namespace

// NOLINTBEGIN: they count, nothing else
void* operator new(size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
// NOLINTEND

namespace furrow::edge {
namespace {

constexpr Method kAll[] = {Method::kExg,   Method::kExgr, Method::kMaxg,  Method::kNexg,
                           Method::kExhsv, Method::kHsv,  Method::kGndvi, Method::kAdaptive};

struct Picture {
  std::vector<uint8_t> bytes;
  FrameView frame;
};

Picture Blank(int width, int height, PixelFormat format) {
  Picture picture;
  const int bytes = format == PixelFormat::kRgb8 ? 3 : 1;
  const int stride = width * bytes + 5;  // rows need not adjoin
  picture.bytes.resize(static_cast<size_t>(stride * height));
  picture.frame = {picture.bytes.data(), width, height, stride, format};
  return picture;
}

void Set(Picture& picture, int x, int y, int red, int green, int blue) {
  uint8_t* row = picture.bytes.data() + y * picture.frame.stride;
  if (picture.frame.format == PixelFormat::kRgb8) {
    row[3 * x] = static_cast<uint8_t>(red);
    row[3 * x + 1] = static_cast<uint8_t>(green);
    row[3 * x + 2] = static_cast<uint8_t>(blue);
  } else {
    row[x] = static_cast<uint8_t>(y % 2 == 0 && x % 2 == 0   ? red
                                  : y % 2 == 1 && x % 2 == 1 ? blue
                                                             : green);
  }
}

/// Brown ground with noise, and leaves in squares whose upper left corners are given.
Picture Field(int width, int height, PixelFormat format,
              const std::vector<std::pair<int, int>>& plants, int side, int noise = 6) {
  Picture picture = Blank(width, height, format);
  std::mt19937 random(11);
  const auto around = [&](int value) {
    return value + static_cast<int>(random() % static_cast<unsigned>(2 * noise + 1)) - noise;
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) Set(picture, x, y, around(120), around(100), around(80));
  }
  for (const auto& [left, top] : plants) {
    for (int y = top; y < top + side; ++y) {
      for (int x = left; x < left + side; ++x) {
        Set(picture, x, y, around(60), around(120), around(40));
      }
    }
  }
  return picture;
}

TEST(Detector, MethodsHaveNames) {
  for (const Method method : kAll) EXPECT_EQ(*ParseMethod(MethodName(method)), method);
  const auto unknown = ParseMethod("ndvi");
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().message(),
            "no method is called 'ndvi'; there are: exg, exgr, maxg, nexg, exhsv, hsv, gndvi, "
            "adaptive");
}

/// Whether the boxes are those expected, each side to within `slack` pixels.
bool Near(const std::vector<Detection>& found, const std::vector<Detection>& expected, int slack) {
  return std::ranges::equal(found, expected, [&](const Detection& a, const Detection& b) {
    return std::abs(a.left - b.left) <= slack && std::abs(a.right - b.right) <= slack &&
           std::abs(a.top - b.top) <= slack && std::abs(a.bottom - b.bottom) <= slack &&
           std::abs(a.area - b.area) <= 10 * slack;
  });
}

TEST(Detector, PlantsAreFoundWhereTheyStand) {
  for (const PixelFormat format : {PixelFormat::kRgb8, PixelFormat::kBayerRggb8}) {
    Picture picture = Field(300, 200, format, {{20, 30}, {200, 150}, {290, 0}}, 10);
    for (const Method method : {Method::kExg, Method::kExgr, Method::kMaxg, Method::kNexg,
                                Method::kExhsv, Method::kHsv, Method::kAdaptive}) {
      SCOPED_TRACE(MethodName(method));
      Detector detector(method, {.area_min = 20}, 300, 200);
      std::vector<Detection> found;
      detector.Detect(picture.frame, found);
      const MaskView mask = detector.last_mask();
      // Beside a leaf `adaptive` lets a noisy pixel pass here and there.
      EXPECT_TRUE(Near(found,
                       {{290, 0, 300, 10, 100}, {20, 30, 30, 40, 100}, {200, 150, 210, 160, 100}},
                       method == Method::kAdaptive ? mask.scale : 0));
      EXPECT_EQ(mask.scale, format == PixelFormat::kRgb8 ? 1 : 2);
      EXPECT_TRUE(mask.At(20 / mask.scale, 30 / mask.scale));
      EXPECT_FALSE(mask.At(18 / mask.scale, 30 / mask.scale));
      EXPECT_GE(mask.Count() * mask.scale * mask.scale, 300);
    }
  }
}

TEST(Detector, BareGroundYieldsNothing) {
  for (const PixelFormat format : {PixelFormat::kRgb8, PixelFormat::kBayerRggb8}) {
    for (const int noise : {0, 2, 10, 20}) {
      Picture picture = Field(640, 480, format, {}, 0, noise);
      Detector detector(Method::kAdaptive, {.area_min = 16}, 640, 480);
      std::vector<Detection> found;
      detector.Detect(picture.frame, found);
      EXPECT_TRUE(found.empty()) << noise << ": " << found.size();
    }
  }
}

TEST(Detector, OneSmallWeedIsFound) {
  // 36 pixels of 1.2 million: far too few to be a class of the histogram.
  Picture picture = Field(1280, 960, PixelFormat::kRgb8, {{700, 411}}, 6);
  Detector detector(Method::kAdaptive, {.area_min = 16}, 1280, 960);
  std::vector<Detection> found;
  detector.Detect(picture.frame, found);
  EXPECT_EQ(found, (std::vector<Detection>{{700, 411, 706, 417, 36}}));
}

TEST(Detector, NoNumberOfPlantsIsTooMany) {
  std::vector<std::pair<int, int>> plants;
  for (int y = 4; y < 1190; y += 12) {
    for (int x = 4; x < 1910; x += 12) plants.emplace_back(x, y);
  }
  Picture picture = Field(1920, 1200, PixelFormat::kRgb8, plants, 4);
  Detector detector(Method::kExg, {.area_min = 4}, 1920, 1200);
  std::vector<Detection> found;
  detector.Detect(picture.frame, found);
  EXPECT_EQ(found.size(), plants.size());
  EXPECT_GT(found.size(), 15'000u);
}

TEST(Detector, StrawIsNoPlant) {
  // As yellow as straw is: excess green 40, over ground of 0, but no greener than it is red.
  for (const PixelFormat format : {PixelFormat::kRgb8, PixelFormat::kBayerRggb8}) {
    Picture picture = Field(640, 480, format, {{100, 100}}, 12);
    for (int straw = 0; straw < 60; ++straw) {
      for (int x = 0; x < 50; ++x) {
        for (int y = 0; y < 6; ++y) {
          const bool rim = x == 0 || x == 49 || y == 0 || y == 5;  // as a lens shows it
          Set(picture, 200 + x, 8 * straw + y, rim ? 155 : 190, rim ? 135 : 170, rim ? 95 : 110);
        }
      }
    }
    Detector detector(Method::kAdaptive, {.area_min = 16}, 640, 480);
    std::vector<Detection> found;
    detector.Detect(picture.frame, found);
    EXPECT_GT(detector.last_threshold(), 8);
    EXPECT_LT(detector.last_threshold(), 30);  // it is green over red that keeps straw out
    const int slack = detector.last_mask().scale;
    EXPECT_TRUE(Near(found, {{100, 100, 112, 112, 144}}, slack)) << found.size();
  }
}

TEST(Detector, EveryProcessorFindsTheSame) {
  std::mt19937 random(5);
  for (int round = 0; round < 200; ++round) {
    const int width = static_cast<int>(random() % 170), height = static_cast<int>(random() % 40);
    const auto format = round % 2 == 0 ? PixelFormat::kRgb8 : PixelFormat::kBayerRggb8;
    Picture picture = Blank(width, height, format);
    for (uint8_t& b : picture.bytes) b = static_cast<uint8_t>(random());
    for (const Method method : kAll) {
      Detector plain(method, {.kernels = &kPortableKernels}, 170, 40);
      std::vector<Detection> expected;
      plain.Detect(picture.frame, expected);
      for (const Kernels* kernels : AvailableKernels()) {
        Detector detector(method, {.kernels = kernels}, 170, 40);
        std::vector<Detection> found;
        detector.Detect(picture.frame, found);
        ASSERT_EQ(found, expected) << kernels->name << " " << MethodName(method);
        const MaskView a = plain.last_mask(), b = detector.last_mask();
        ASSERT_EQ(a.words_per_row, b.words_per_row);
        const size_t words = a.words_per_row * static_cast<size_t>(a.height);
        ASSERT_TRUE(std::equal(a.words, a.words + words, b.words));
      }
    }
  }
}

TEST(Detector, NothingIsLeftFromTheFrameBefore) {
  Picture first = Field(200, 100, PixelFormat::kRgb8, {{10, 10}}, 20);
  Picture second = Field(90, 60, PixelFormat::kBayerRggb8, {{40, 20}}, 20);
  for (const Method method : kAll) {
    Detector fresh(method, {}, 200, 100), used(method, {}, 200, 100);
    std::vector<Detection> expected, found;
    fresh.Detect(second.frame, expected);
    used.Detect(first.frame, found);
    used.Detect(second.frame, found);
    EXPECT_EQ(found, expected) << MethodName(method);
    EXPECT_EQ(used.last_mask().Count(), fresh.last_mask().Count());
  }
}

TEST(Detector, AllocatesNothing) {
  for (const PixelFormat format : {PixelFormat::kRgb8, PixelFormat::kBayerRggb8}) {
    Picture picture = Field(333, 222, format, {{20, 30}, {200, 150}}, 10, 40);
    for (const Method method : kAll) {
      Detector detector(method, {}, 400, 300);
      std::vector<Detection> found;
      detector.Detect(picture.frame, found);
      const int64_t before = allocations;
      detector.Detect(picture.frame, found);
      EXPECT_EQ(allocations, before) << MethodName(method);
    }
  }
}

TEST(Detector, SizesAtTheEdge) {
  Detector detector(Method::kAdaptive, {}, 64, 64);
  std::vector<Detection> found = {{1, 2, 3, 4, 5}};
  for (const auto& [width, height] : {std::pair(0, 0), {1, 1}, {1, 64}, {64, 1}, {64, 64}}) {
    for (const PixelFormat format : {PixelFormat::kRgb8, PixelFormat::kBayerRggb8}) {
      Picture picture = Field(width, height, format, {}, 0);
      detector.Detect(picture.frame, found);
      EXPECT_TRUE(found.empty());
    }
  }
  Picture larger = Field(65, 10, PixelFormat::kRgb8, {{1, 1}}, 5);
  detector.Detect(larger.frame, found);
  EXPECT_TRUE(found.empty());
  EXPECT_EQ(detector.last_mask().width, 0);
}

}  // namespace
}  // namespace furrow::edge
