// SPDX-License-Identifier: Apache-2.0
// What a frame costs one core, in pixels of the frame a second; and for comparison what it costs to
// read the same bytes once and do nothing else. Frames come from memory: so many are taken in turn
// that none is still in a cache.
#include <algorithm>
#include <cmath>
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

constexpr size_t kBytes = size_t{256} << 20;  // far beyond the caches of one processor

std::vector<std::vector<uint8_t>> Copies(const std::vector<uint8_t>& frame) {
  return std::vector<std::vector<uint8_t>>(kBytes / frame.size() + 1, frame);
}

void Detect(benchmark::State& state, Method method, PixelFormat format, const Kernels* kernels) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const auto frames = Copies(Field(width, height, format));
  const int bytes = format == PixelFormat::kRgb8 ? 3 : 1;
  Detector detector(method, {.area_min = 16, .kernels = kernels}, width, height);
  std::vector<Detection> found;
  size_t next = 0;
  for (auto _ : state) {
    detector.Detect({frames[next].data(), width, height, width * bytes, format}, found);
    benchmark::DoNotOptimize(found.data());
    next = (next + 1) % frames.size();
  }
  state.SetItemsProcessed(state.iterations() * width * height);
  state.SetBytesProcessed(state.iterations() * width * height * bytes);
  state.counters["patches"] = static_cast<double>(found.size());
}

/// The worst: every byte at random, so that patches are as many and as ragged as they come.
void DetectNoise(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  std::vector<uint8_t> frame(static_cast<size_t>(width * height) * 3);
  std::mt19937 random(2);
  for (uint8_t& byte : frame) byte = static_cast<uint8_t>(random());
  Detector detector(Method::kExg, {.index_min = 120}, width, height);
  std::vector<Detection> found;
  for (auto _ : state) {
    detector.Detect({frame.data(), width, height, width * 3}, found);
    benchmark::DoNotOptimize(found.data());
  }
  state.SetItemsProcessed(state.iterations() * width * height);
  state.counters["patches"] = static_cast<double>(found.size());
}

/// The floor: every byte of a frame of RGB read once.
void ReadOnly(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const auto frames = Copies(std::vector<uint8_t>(static_cast<size_t>(width * height) * 3));
  const size_t words = frames[0].size() / 64 * 8;
  size_t next = 0;
  for (auto _ : state) {
    const auto* word = reinterpret_cast<const uint64_t*>(frames[next].data());
    uint64_t any[8] = {};
    for (size_t i = 0; i < words; i += 8) {
      for (size_t j = 0; j < 8; ++j) any[j] |= word[i + j];
    }
    benchmark::DoNotOptimize(any);
    next = (next + 1) % frames.size();
  }
  state.SetItemsProcessed(state.iterations() * width * height);
  state.SetBytesProcessed(state.iterations() * width * height * 3);
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
BENCHMARK(DetectNoise)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, exgr, Method::kExgr, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, maxg, Method::kMaxg, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, nexg, Method::kNexg, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, exhsv, Method::kExhsv, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, hsv, Method::kHsv, kRgb, nullptr)->Args({1296, 966});
BENCHMARK_CAPTURE(Detect, gndvi, Method::kGndvi, kRgb, nullptr)->Args({1296, 966});

}  // namespace
}  // namespace furrow::edge
