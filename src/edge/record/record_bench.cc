// SPDX-License-Identifier: Apache-2.0
// What recording costs: time in the deciding thread, time in the writer, bytes on the disk.
#include <cmath>
#include <random>

#include <benchmark/benchmark.h>

#include "edge/record/block_codec.h"
#include "edge/record/log_encoder.h"
#include "edge/record/pixels.h"

namespace furrow::edge {
namespace {

void BM_RecordTick(benchmark::State& state) {
  LogEncoder encoder(64 << 20);
  Nanos now = 0;
  for (auto _ : state) benchmark::DoNotOptimize(encoder.Tick(now += kMillisecond));
  state.counters["dropped"] = static_cast<double>(encoder.dropped());
}
// The ring holds so many; past it a drop would be measured.
BENCHMARK(BM_RecordTick)->Iterations(400'000);

/// A second of a drive: 1,000 ticks, 100 poses, `commands` commands. `jitter` is how late a tick
/// reads the clock at most, in ns.
void BM_EncodeSecond(benchmark::State& state) {
  const int64_t commands = state.range(0), jitter = state.range(1);
  std::mt19937_64 random(7);
  const auto noise = [&](int64_t size) {
    return size == 0 ? 0 : static_cast<int64_t>(random() % static_cast<uint64_t>(size));
  };
  BlockEncoder block;
  constexpr size_t kHeader = 32;
  size_t bytes = 0, seconds = 0;
  double s = 0;
  for (auto _ : state) {
    for (int64_t ms = 0; ms < 1000; ++ms) {
      const Nanos at = (static_cast<int64_t>(seconds) * 1000 + ms) * kMillisecond;
      if (ms % 100 == 0) block.Begin(at);
      if (ms % 10 == 0) {
        const double v = 5.8 + 0.2 * std::sin(FromBillionths(at));
        s += v * 0.01;
        block.Add(RawRecord(PoseRecord{at - 400'000 + noise(jitter), ToMillionths(s),
                                       ToMillionths(v) + noise(2000), noise(2'000'000), 0}),
                  {});
      }
      block.Add(RawRecord(TickRecord{at + noise(jitter)}), {});
      for (int64_t i = ms * commands / 1000; i < (ms + 1) * commands / 1000; ++i) {
        block.Add(RawRecord(CommandRecord{static_cast<int32_t>(noise(72)), i % 2 == 0,
                                          at + noise(kMillisecond)}),
                  {});
      }
      if (ms % 100 == 99) bytes += kHeader + block.body().size();
    }
    ++seconds;
  }
  state.counters["bytes_per_log_second"] =
      static_cast<double>(bytes) / static_cast<double>(seconds);
}
BENCHMARK(BM_EncodeSecond)
    ->ArgNames({"commands", "jitter_ns"})
    ->Args({0, 0})
    ->Args({200, 0})
    ->Args({200, 50'000})
    ->Args({2000, 50'000});

/// A Bayer image of 1920 x 1200: soil with noise of a few steps, and leaves.
void BM_PackPixels(benchmark::State& state) {
  constexpr int kWidth = 1920, kHeight = 1200;
  std::string pixels(static_cast<size_t>(kWidth) * kHeight, '\0');
  std::mt19937 random(3);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double soil = 90 + 25 * std::sin(x / 37.0) * std::cos(y / 53.0);
      const bool leaf = (x / 60 + y / 45) % 23 == 0;
      const bool green = (x + y) % 2 == 1;
      const double noise = static_cast<double>(random() % 9) - 4;
      pixels[static_cast<size_t>(y) * kWidth + static_cast<size_t>(x)] =
          static_cast<char>(soil + noise + (leaf && green ? 60 : 0));
    }
  }
  std::string packed;
  for (auto _ : state) {
    PackPixels(PixelFormat::kBayerRggb8, kWidth, kHeight, pixels, packed);
    benchmark::DoNotOptimize(packed.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * pixels.size()));
  state.counters["packed_share"] =
      static_cast<double>(packed.size()) / static_cast<double>(pixels.size());
}
BENCHMARK(BM_PackPixels);

}  // namespace
}  // namespace furrow::edge
