// SPDX-License-Identifier: Apache-2.0
// What a batch of 100 events of about 224 bytes costs: reading the lines, and the whole handler
// over a real store.
#include <filesystem>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "base/id.h"
#include "entities/run_metrics.h"
#include "service/events/events_service.h"
#include "service/events/line_reader.h"

namespace furrow::service::events {
namespace {

constexpr int kEvents = 100;

// As the SDK sends them.
std::string Body(std::string_view task, int64_t first_iter) {
  std::string body;
  for (int i = 0; i < kEvents; ++i) {
    const std::string n = std::to_string(first_iter + i / 10);
    body += R"({"metric": "training loss of the network", "variant": "variant )" +
            std::to_string(i % 10) + R"(", "value": 0.)" + std::to_string(48271 * (i + 1) % 99991) +
            R"(, "timestamp": 17950000)" + std::to_string(10000 + i) + R"(, "task": ")" +
            std::string(task) + R"(", "iter": )" + n +
            R"(, "model_event": false, "type": "training_stats_scalar", "method": "get"})"
            "\n";
  }
  return body;
}

void ReadLines(benchmark::State& state) {
  const std::string body = Body(NewId(), 0);
  for (auto _ : state) {
    LineReader reader(body);
    Line line;
    double sum = 0;
    while (reader.Next(line).value()) sum += *line.value;
    benchmark::DoNotOptimize(sum);
  }
  state.SetItemsProcessed(state.iterations() * kEvents);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}
BENCHMARK(ReadLines);

void AddBatches(benchmark::State& state) {
  const std::string dir =
      (std::filesystem::temp_directory_path() / ("events_bench_" + NewId())).string();
  {
    entities::RunMetrics metrics;
    auto engine = std::move(store::Engine::Open(dir, {})).value();
    docs::Store docs(*engine, entities::Collections(&metrics, &metrics));
    auto stored = std::move(::furrow::events::Store::Open(*engine, SystemClock())).value();
    metrics.Attach(stored.get());
    entities::Core core{.docs = docs, .events = *stored, .clock = SystemClock()};
    Context context{core};
    const std::string task = NewId();
    const Status made = docs.Transact([&](docs::Transaction& t) {
      return t.Put(entities::kTasks, task,
                   json::Object{{"id", task}, {"status", "in_progress"}, {"name", "bench"}});
    });
    if (!made.ok()) state.SkipWithError(made.message().c_str());
    int64_t iter = 0;
    for (auto _ : state) {
      state.PauseTiming();
      const std::string body = Body(task, iter += kEvents / 10);
      state.ResumeTiming();
      api::Call call;
      call.raw_body = body;
      call.now = SystemClock().Now();
      if (const Status added = AddBatch(context, call); !added.ok()) {
        state.SkipWithError(added.ToString().c_str());
        break;
      }
    }
    state.SetItemsProcessed(state.iterations() * kEvents);
  }
  std::filesystem::remove_all(dir);
}
BENCHMARK(AddBatches);

}  // namespace
}  // namespace furrow::service::events
