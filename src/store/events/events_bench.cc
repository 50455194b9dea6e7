// SPDX-License-Identifier: Apache-2.0
// What a point costs: bytes and time in a block, time in Append, in a fold, in a curve, and in the
// restart after a kill. Distributions: float32 of loss * (1 + 0.05 * N(0,1)) with 2 ms jitter on
// 100 ms steps, the same rounded to four decimals, and float64 noise.
#include <stdlib.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <random>

#include <benchmark/benchmark.h>

#include "store/events/block.h"
#include "store/events/events.h"
#include "store/events/merge.h"

namespace furrow::events {
namespace {

enum Shape : int64_t { kFloat32Noise, kFourDecimals, kFloat64Noise, kTextFloat32 };

double AsText(float v) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, v).ptr;
  double back = 0;
  std::from_chars(text, end, back);
  return back;
}

Columns MakeCurve(size_t n, int64_t shape) {
  std::mt19937_64 random(42);
  std::normal_distribution<double> noise;
  Columns c;
  for (size_t i = 0; i < n; ++i) {
    const double loss = 0.3 + 2 * std::exp(-static_cast<double>(i) / 30'000);
    double v = loss * (1 + 0.05 * noise(random));
    if (shape == kFloat32Noise) v = static_cast<float>(v);
    if (shape == kFourDecimals) v = std::round(static_cast<float>(v) * 1e4) / 1e4;
    if (shape == kTextFloat32) v = AsText(static_cast<float>(v));
    c.Add(static_cast<int64_t>(i),
          1'700'000'000'000 + static_cast<int64_t>(100 * i) + std::lround(2 * noise(random)), v, 0);
  }
  return c;
}

void BM_EncodeBlock(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(1));
  const Columns curve = MakeCurve(n, state.range(0));
  size_t bytes = 0;
  for (auto _ : state) bytes = EncodeBlock(curve, 0, n, {"host:gpu0"}).size();
  state.SetItemsProcessed(static_cast<int64_t>(n) * state.iterations());
  state.counters["bytes/point"] = static_cast<double>(bytes) / static_cast<double>(n);
}
BENCHMARK(BM_EncodeBlock)
    ->ArgsProduct({{kFloat32Noise, kFourDecimals, kFloat64Noise, kTextFloat32}, {8192}})
    ->Args({kFloat32Noise, 16})
    ->Args({kFloat32Noise, 128})
    ->Args({kFloat32Noise, 1024});

void BM_DecodeBlock(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(1));
  const Columns curve = MakeCurve(n, state.range(0));
  const std::string bytes = EncodeBlock(curve, 0, n, {"host:gpu0"});
  for (auto _ : state) {
    Columns out;
    std::vector<std::string> workers;
    const auto block = Block::Open(bytes);
    benchmark::DoNotOptimize(ReadInto(*block, out, workers).ok());
  }
  state.SetItemsProcessed(static_cast<int64_t>(n) * state.iterations());
}
BENCHMARK(BM_DecodeBlock)
    ->ArgsProduct({{kFloat32Noise, kFourDecimals, kFloat64Noise, kTextFloat32}, {8192}})
    ->Args({kFloat32Noise, 16})
    ->Args({kFloat32Noise, 128});

class Directory {
 public:
  Directory() {
    char name[] = "/tmp/furrow-events-bench-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<store::Engine> OpenEngine(const Directory& dir) {
  auto engine = store::Engine::Open(dir.path(), {});
  if (!engine.ok()) std::abort();
  return std::move(engine).value();
}
std::unique_ptr<Store> OpenStore(store::Engine& engine, const Options& options) {
  auto store = Store::Open(engine, SystemClock(), options);
  if (!store.ok()) std::abort();
  return std::move(store).value();
}

std::string Owner(size_t i) {
  char text[33];
  std::snprintf(text, sizeof text, "%016zx%016zx", i * 0x9e3779b97f4a7c15u, i);
  return text;
}

// `owners` runs in turn, each sending 100 events of ten series.
void Fill(Store& store, size_t owners, size_t batches, size_t first = 0) {
  static const std::vector<std::string> kVariants = {"a", "b", "c", "d", "e",
                                                     "f", "g", "h", "i", "j"};
  std::mt19937_64 random(1);
  std::vector<float> values(8192);
  for (float& v : values) v = static_cast<float>(random() % 100'000) * 1.1e-5f;
  AppendOptions options;
  for (size_t b = first; b < first + batches; ++b) {
    const std::string owner = Owner(b % owners);
    OwnerBatch batch;
    batch.owner = owner;
    batch.worker = "host:gpu0";
    batch.scalars.reserve(100);
    const auto base = static_cast<int64_t>(b / owners * 10);
    for (size_t i = 0; i < 100; ++i) {
      batch.scalars.push_back({"training loss", kVariants[i % 10],
                               base + static_cast<int64_t>(i / 10),
                               1'700'000'000'000 + base * 500 + static_cast<int64_t>(i),
                               values[(b * 100 + i) % values.size()], ""});
    }
    if (!store.Append({batch}, options).ok()) std::abort();
  }
}

void BM_Append(benchmark::State& state) {
  const Directory dir;
  auto engine = OpenEngine(dir);
  auto store = OpenStore(*engine, {});
  const auto owners = static_cast<size_t>(state.range(0));
  size_t batches = 0;
  for (auto _ : state) {
    Fill(*store, owners, 100, batches);
    batches += 100;
  }
  state.SetItemsProcessed(static_cast<int64_t>(batches * 100));
  state.counters["memory_MB"] = static_cast<double>(store->usage().memory_bytes) / 1e6;
}
BENCHMARK(BM_Append)->Arg(1)->Arg(100)->Arg(10'000)->UseRealTime()->MeasureProcessCPUTime();

void BM_Fold(benchmark::State& state) {
  const auto owners = static_cast<size_t>(state.range(0));
  const Directory dir;
  auto engine = OpenEngine(dir);
  Options options;
  options.background = false;
  auto store = OpenStore(*engine, options);
  size_t batches = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Fill(*store, owners, 10'000, batches);
    batches += 10'000;
    state.ResumeTiming();
    if (!store->Fold().ok()) std::abort();
  }
  state.SetItemsProcessed(static_cast<int64_t>(batches * 100));
}
BENCHMARK(BM_Fold)->Arg(1)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond)->Iterations(8);

void BM_Curve(benchmark::State& state) {
  const auto n = static_cast<size_t>(state.range(0));
  const Directory dir;
  auto engine = OpenEngine(dir);
  auto store = OpenStore(*engine, {});
  const Columns curve = MakeCurve(n, state.range(1));
  const std::string owner = Owner(1);
  for (size_t at = 0; at < n; at += 10'000) {
    OwnerBatch batch;
    batch.owner = owner;
    for (size_t i = at; i < std::min(n, at + 10'000); ++i) {
      batch.scalars.push_back(
          {"loss", "train", curve.iter[i], curve.time_ms[i], curve.value[i], ""});
    }
    if (!store->Append({batch}, {}).ok()) std::abort();
  }
  if (!store->Fold().ok()) std::abort();
  for (auto _ : state) benchmark::DoNotOptimize(store->Curve(owner, "loss", "train")->size());
  state.SetItemsProcessed(static_cast<int64_t>(n) * state.iterations());
}
BENCHMARK(BM_Curve)
    ->Args({1'000'000, kFloat32Noise})
    ->Args({1'000'000, kFourDecimals})
    ->Unit(benchmark::kMillisecond);

// The restart after a kill: only what the event store adds to the engine's own.
void BM_Recover(benchmark::State& state) {
  const auto owners = static_cast<size_t>(state.range(0));
  const Directory dir;
  auto engine = OpenEngine(dir);
  Options options;
  options.background = false;
  options.fold_on_close = false;
  auto store = OpenStore(*engine, options);
  size_t batches = 0;
  while (store->usage().unfolded_bytes < 24u << 20) {
    Fill(*store, owners, 1000, batches);
    batches += 1000;
  }
  store.reset();
  for (auto _ : state) {
    store = OpenStore(*engine, options);
    if (state.range(1) != 0) {
      for (size_t i = 0; i < owners; ++i) benchmark::DoNotOptimize(store->Stats(Owner(i)));
    }
    store.reset();
  }
  state.counters["points"] = static_cast<double>(batches * 100);
}
BENCHMARK(BM_Recover)
    ->ArgNames({"owners", "all_loaded"})
    ->ArgsProduct({{1, 10'000}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace furrow::events
