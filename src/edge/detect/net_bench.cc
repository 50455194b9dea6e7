// SPDX-License-Identifier: Apache-2.0
// Frames a second with a network, which the environment variable FURROW_NET names. Items are pixels
// of the frame; time is the processor's.
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "edge/detect/net_detector.h"
#include "edge/image/image.h"

namespace furrow::edge {
namespace {

/// Soil with leaves of 40 x 40 pixels on about 5 % of it.
Image Field(int width, int height) {
  Image image = MakeImage(width, height, 3);
  uint32_t state = 1;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      state = state * 1664525 + 1013904223;
      const bool leaf = (x / 40 * 7 + y / 40 * 13) % 20 == 0;
      const int noise = static_cast<int>(state >> 28);
      uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<uint8_t>((leaf ? 60 : 110) + noise);
      pixel[1] = static_cast<uint8_t>((leaf ? 120 : 90) + noise);
      pixel[2] = static_cast<uint8_t>((leaf ? 50 : 70) + noise);
    }
  }
  return image;
}

void Run(benchmark::State& state, NetMethod method) {
  const char* path = std::getenv("FURROW_NET");
  if (path == nullptr) return state.SkipWithError("FURROW_NET names no network");
  const auto model = LoadSegmentation(path, 1);
  if (!model.ok()) return state.SkipWithError(model.status().message().c_str());
  const auto width = static_cast<int>(state.range(0)), height = static_cast<int>(state.range(1));
  const Image image = Field(width, height);
  const auto batch = static_cast<int>(state.range(2));
  auto detector = NetDetector::Make(
      *model, {.method = method, .batch_max = batch, .width = width, .height = height});
  if (!detector.ok()) return state.SkipWithError(detector.status().message().c_str());
  const FrameView frame = View(image);
  std::vector<Detection> found;
  for (auto _ : state) {
    if (!detector->Detect({&frame, 1}, {&found, 1}).ok()) state.SkipWithError("it failed");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(width) * height);
}

BENCHMARK_CAPTURE(Run, net, NetMethod::kNet)
    ->Unit(benchmark::kMillisecond)
    ->Args({1920, 1200, 1})
    ->Args({1920, 1200, 8})
    ->Args({1456, 1088, 1})
    ->Args({4096, 2160, 1});
BENCHMARK_CAPTURE(Run, hybrid, NetMethod::kHybrid)
    ->Unit(benchmark::kMillisecond)
    ->Args({1920, 1200, 1});

}  // namespace
}  // namespace furrow::edge
