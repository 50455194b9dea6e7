// SPDX-License-Identifier: Apache-2.0
// What a frame costs one core, in pixels of the frame a second; and for comparison what it costs to
// read the same bytes once and do nothing with them.
#include <numeric>
#include <random>
#include <vector>

#include <benchmark/benchmark.h>

#include "edge/detect/detector.h"

namespace furrow::edge {
namespace {

/// Brown ground with noise and about 200 round plants, 5 % of the ground.
std::vector<uint8_t> Field(int width, int height, PixelFormat format) {
  std::mt19937 random(1);
  std::vector<uint8_t> green(static_cast<size_t>(width) * static_cast<size_t>(height));
  const int radius = std::max(2, static_cast<int>(0.009 * std::sqrt(width * height)));
  for (int plant = 0; plant < 200; ++plant) {
    const int x0 = static_cast<int>(random() % static_cast<unsigned>(width));
    const int y0 = static_cast<int>(random() % static_cast<unsigned>(height));
    for (int y = std::max(0, y0 - radius); y < std::min(height, y0 + radius); ++y) {
      for (int x = std::max(0, x0 - radius); x < std::min(width, x0 + radius); ++x) {
        const int square = (x - x0) * (x - x0) + (y - y0) * (y - y0);
        if (square < radius * radius) green[static_cast<size_t>(y * width + x)] = 1;
      }
    }
  }
  std::vector<uint8_t> bytes;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool plant = green[static_cast<size_t>(y * width + x)] != 0;
      const int rgb[3] = {plant ? 60 : 120, plant ? 120 : 100, plant ? 40 : 80};
      for (int c = 0; c < 3; ++c) {
        if (format == PixelFormat::kBayerRggb8 && c != x % 2 + y % 2) continue;
        bytes.push_back(static_cast<uint8_t>(rgb[c] + static_cast<int>(random() % 13) - 6));
      }
    }
  }
  return bytes;
}

void Detect(benchmark::State& state, Method method, PixelFormat format, const Kernels* kernels) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const std::vector<uint8_t> bytes = Field(width, height, format);
  FrameView frame{bytes.data(), width, height, width * (format == PixelFormat::kRgb8 ? 3 : 1),
                  format};
  Detector detector(method, {.area_min = 16, .kernels = kernels}, width, height);
  std::vector<Detection> found;
  for (auto _ : state) {
    detector.Detect(frame, found);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetItemsProcessed(state.iterations() * width * height);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes.size()));
  state.counters["patches"] = static_cast<double>(found.size());
}

/// The floor: every byte of a frame of RGB added up.
void ReadOnly(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const std::vector<uint64_t> words(static_cast<size_t>(width * height) * 3 / 8);
  for (auto _ : state) {
    uint64_t sums[8] = {};
    for (size_t i = 0; i + 8 <= words.size(); i += 8) {
      for (size_t j = 0; j < 8; ++j) sums[j] += words[i + j];
    }
    benchmark::DoNotOptimize(sums);
  }
  state.SetItemsProcessed(state.iterations() * width * height);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(words.size()) * 8);
}

void Sizes(benchmark::internal::Benchmark* bench) {
  bench->Args({1296, 966})->Args({1920, 1200})->Args({4096, 2160});
}

constexpr PixelFormat kRgb = PixelFormat::kRgb8, kBayer = PixelFormat::kBayerRggb8;
BENCHMARK(ReadOnly)->Apply(Sizes);
BENCHMARK_CAPTURE(Detect, adaptive_rgb, Method::kAdaptive, kRgb, nullptr)->Apply(Sizes);
BENCHMARK_CAPTURE(Detect, adaptive_bayer, Method::kAdaptive, kBayer, nullptr)->Apply(Sizes);
BENCHMARK_CAPTURE(Detect, adaptive_rgb_portable, Method::kAdaptive, kRgb, &kPortableKernels)
    ->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, exg, Method::kExg, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, exgr, Method::kExgr, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, maxg, Method::kMaxg, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, nexg, Method::kNexg, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, exhsv, Method::kExhsv, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, hsv, Method::kHsv, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, gndvi, Method::kGndvi, kRgb, nullptr)->Args({1296, 966});

}  // namespace
}  // namespace furrow::edge
