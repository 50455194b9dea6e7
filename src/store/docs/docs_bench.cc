// SPDX-License-Identifier: Apache-2.0
// Queries over 100,000 runs with 20 parameters and 10 metrics each, the columns warm and cold, and
// what a poll of one document costs. FURROW_BENCH_DOCS sets another number of runs.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include <benchmark/benchmark.h>

#include "base/id.h"
#include "base/time.h"
#include "store/docs/docs.h"

namespace furrow::docs {
namespace {

using Kind = Predicate::Kind;

constexpr CollectionId kRuns = 0;
constexpr Micros kStart = 1'780'000'000'000'000;
const char* const kStatuses[] = {"completed", "completed", "completed",
                                 "failed",    "stopped",   "in_progress"};
const char* const kKinds[] = {"weeds", "crops", "rows", "soil", "boom"};

int64_t Runs() {
  const char* n = std::getenv("FURROW_BENCH_DOCS");
  return n ? std::atoll(n) : 100'000;
}

double ResidentMegabytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1e6;
}

json::Value Run(std::mt19937_64& random, int64_t i) {
  const auto real = [&] { return static_cast<double>(random() % 1'000'000) / 1e6; };
  const Micros created = kStart + i * 60'000'000;
  json::Value run = json::Object{
      {"name", "train " + std::string(kKinds[random() % 5]) + " detector run " + std::to_string(i)},
      {"type", random() % 10 ? "training" : "testing"},
      {"status", kStatuses[random() % 6]},
      {"project", "project" + std::to_string(random() % 20)},
      {"user", "user" + std::to_string(random() % 30)},
      {"comment", random() % 4 ? "" : "second try on field " + std::to_string(random() % 1000)},
      {"created", FormatTime(created)},
      {"last_update", FormatTime(created + static_cast<Micros>(random() % 100'000'000'000))},
      {"tags",
       json::Array{"t" + std::to_string(random() % 50), "t" + std::to_string(random() % 50)}},
      {"system_tags", random() % 10 ? json::Array{} : json::Array{"archived"}},
      {"active_duration", static_cast<int64_t>(random() % 100'000)},
  };
  json::Value& script = run["script"];
  script = json::Object{{"repository", "https://git.example/weeds.git"},
                        {"entry_point", "train.py"},
                        {"requirements", json::Object{{"pip", "numpy==1.26.4\ntorch==2.3.0\n"}}}};
  for (int p = 0; p < 20; ++p) {
    const std::string name = "parameter_" + std::to_string(p);
    run["hyperparams"]["Args"][name] = json::Object{
        {"section", "Args"}, {"name", name}, {"value", std::to_string(real())}, {"type", "float"}};
  }
  for (int m = 0; m < 10; ++m) {
    const std::string metric = "metric " + std::to_string(m);
    const double v = real();
    run["last_metrics"][Md5Hex(metric)][Md5Hex("validation")] =
        json::Object{{"metric", metric},   {"variant", "validation"}, {"value", v},
                     {"min_value", v / 2}, {"max_value", v * 2},      {"count", 1000}};
  }
  return run;
}

struct Bench {
  Bench() : dir(std::filesystem::temp_directory_path() / ("furrow_docs_bench_" + NewId())) {
    engine = std::move(store::Engine::Open(dir, {}).value());
    Reopen();
    std::mt19937_64 random(1);
    for (int64_t at = 0; at < Runs(); at += 500) {
      const Status s = store->Transact([&](Transaction& t) -> Status {
        for (int64_t i = at; i < std::min(at + 500, Runs()); ++i) {
          ids.push_back(Md5Hex(std::to_string(i)));
          FURROW_TRY(t.Put(kRuns, ids.back(), Run(random, i)));
        }
        return {};
      });
      if (!s.ok()) std::abort();
    }
  }
  ~Bench() {
    store.reset();
    engine.reset();
    std::filesystem::remove_all(dir);
  }
  void Reopen() {
    store.reset();
    store = std::make_unique<Store>(*engine, std::vector<Collection>{{"run"}});
  }

  std::filesystem::path dir;
  std::unique_ptr<store::Engine> engine;
  std::unique_ptr<Store> store;
  std::vector<std::string> ids;
};

Bench& TheBench() {
  static Bench bench;
  return bench;
}

Predicate Leaf(Kind kind, std::string path) {
  Predicate p;
  p.kind = kind;
  p.path = std::move(path);
  return p;
}

std::string Metric(int m, const char* member) {
  return "last_metrics." + Md5Hex("metric " + std::to_string(m)) + "." + Md5Hex("validation") +
         "." + member;
}

Predicate NotArchived() { return Predicate::Not(Predicate::Equals("system_tags", "archived")); }

struct Query {
  const char* name;
  Plan (*plan)();
};

const Query kQueries[] = {
    {"first_page_of_a_project_newest_first",
     [] {
       return Plan{
           .where = Predicate::And({Predicate::Equals("project", "project7"), NotArchived()}),
           .order = {{.path = "last_update", .descending = true}},
           .limit = 30};
     }},
    {"tenth_page_of_500_by_creation",
     [] {
       return Plan{.where = NotArchived(),
                   .order = {{.path = "created", .descending = true}},
                   .offset = 4500,
                   .limit = 500};
     }},
    {"status_and_type",
     [] {
       return Plan{.where = Predicate::And({Predicate::In("status", {"failed", "stopped"}),
                                            Predicate::Equals("type", "training"), NotArchived()}),
                   .order = {{.path = "last_update", .descending = true}},
                   .limit = 30};
     }},
    {"name_pattern",
     [] {
       Predicate p = Leaf(Kind::kRegex, "name");
       // A pattern seen for the first time each time: nothing of it is remembered.
       static int n = 0;
       p.pattern = "weeds.* run \\d*" + std::to_string(n++ % 100) + "$";
       return Plan{.where = p, .order = {{.path = "created", .descending = true}}, .limit = 30};
     }},
    {"half_of_a_metric_by_date",
     [] {
       Predicate p = Leaf(Kind::kRange, Metric(3, "max_value"));
       p.low = 1.0;
       return Plan{.where = p, .order = {{.path = "last_update", .descending = true}}, .limit = 30};
     }},
    {"sort_by_a_metric",
     [] {
       return Plan{.where = NotArchived(),
                   .order = {{.path = Metric(5, "value"), .descending = true}},
                   .limit = 30};
     }},
    {"sort_by_a_parameter_tenth_page",
     [] {
       return Plan{.where = NotArchived(),
                   .order = {{.path = "hyperparams.Args.parameter_4.value", .numeric_text = true}},
                   .offset = 270,
                   .limit = 30};
     }},
    {"tags_and_words",
     [] {
       Predicate tags = Leaf(Kind::kHasAll, "tags");
       tags.values = {"t3", "t7"};
       Predicate words = Leaf(Kind::kText, "");
       words.paths = {"name", "comment", "script.repository"};
       words.pattern = "detector weeds";
       return Plan{
           .where = Predicate::And({Predicate::Or({tags, Predicate::Equals("tags", "t9")}), words}),
           .order = {{.descending = true, .text_score = true}},
           .limit = 30};
     }},
    {"sort_by_name", [] { return Plan{.order = {{.path = "name"}}, .offset = 270, .limit = 30}; }},
};

void BM_Query(benchmark::State& state) {
  Bench& bench = TheBench();
  const Query& query = kQueries[state.range(0)];
  state.SetLabel(query.name);
  size_t docs = 0;
  // Builds the columns: what a cold one costs, the benchmark after this one says.
  (void)bench.store->FindShared(kRuns, query.plan());
  for (auto _ : state) {
    const auto page = bench.store->FindShared(kRuns, query.plan());
    if (!page.ok())
      state.SkipWithError(page.status().ToString().c_str());
    else
      docs = page->docs.size();
  }
  const Store::Usage usage = bench.store->usage();
  state.counters["docs"] = static_cast<double>(docs);
  state.counters["columns_MB"] = static_cast<double>(usage.column_bytes) / 1e6;
  state.counters["resident_MB"] = ResidentMegabytes();
}
BENCHMARK(BM_Query)->DenseRange(0, std::size(kQueries) - 1)->Unit(benchmark::kMillisecond);

void BM_FirstQueryAfterOpen(benchmark::State& state) {
  Bench& bench = TheBench();
  for (auto _ : state) {
    bench.Reopen();
    const auto page = bench.store->FindShared(kRuns, kQueries[0].plan());
    if (!page.ok()) state.SkipWithError(page.status().ToString().c_str());
  }
}
BENCHMARK(BM_FirstQueryAfterOpen)->Unit(benchmark::kMillisecond)->Iterations(2);

void BM_GetShared(benchmark::State& state) {
  Bench& bench = TheBench();
  for (auto _ : state) benchmark::DoNotOptimize(bench.store->GetShared(kRuns, bench.ids[42]));
}
BENCHMARK(BM_GetShared);

void BM_GetACopy(benchmark::State& state) {
  Bench& bench = TheBench();
  for (auto _ : state) benchmark::DoNotOptimize(bench.store->Get(kRuns, bench.ids[42]));
}
BENCHMARK(BM_GetACopy);

void BM_GetNotCached(benchmark::State& state) {
  Bench& bench = TheBench();
  size_t i = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        bench.store->GetShared(kRuns, bench.ids[i = (i + 7919) % bench.ids.size()]));
  }
}
BENCHMARK(BM_GetNotCached);

void BM_PollStatusById(benchmark::State& state) {
  Bench& bench = TheBench();
  const Plan plan{
      .where = Predicate::And({Predicate::In("id", {bench.ids[42], bench.ids[43]}), NotArchived()}),
      .limit = 500};
  for (auto _ : state) benchmark::DoNotOptimize(bench.store->FindShared(kRuns, plan));
}
BENCHMARK(BM_PollStatusById);

void BM_ChangeOneMember(benchmark::State& state) {
  Bench& bench = TheBench();
  int64_t n = 0;
  for (auto _ : state) {
    const Status s = bench.store->Transact([&](Transaction& t) -> Status {
      FURROW_ASSIGN(json::Value doc, t.Get(kRuns, bench.ids[42]));
      doc["last_update"] = FormatTime(kStart + ++n);
      return t.Put(kRuns, bench.ids[42], std::move(doc));
    });
    if (!s.ok()) state.SkipWithError(s.ToString().c_str());
  }
}
BENCHMARK(BM_ChangeOneMember);

}  // namespace
}  // namespace furrow::docs
