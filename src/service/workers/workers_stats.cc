// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "entities/machine_stats.h"
#include "entities/workers.h"
#include "service/workers/worker_document.h"
#include "service/workers/workers_service.h"

namespace furrow::service::workers {
namespace {

constexpr int64_t kPointsMax = 10'000;
constexpr size_t kItemsMax = 64;

/// A span of time cut into intervals.
struct Span {
  int64_t from_s, to_s, interval_s;
  int64_t BeginOf(int64_t time_s) const {
    return from_s + (time_s - from_s) / interval_s * interval_s;
  }
};

Result<Span> ReadSpan(api::Call& call) {
  FURROW_TRY(call.Require({"from_date", "to_date", "interval"}));
  const double from = call.Number("from_date").value_or(0), to = call.Number("to_date").value_or(0);
  const int64_t interval = std::max<int64_t>(1, call.Int("interval", 1));
  FURROW_TRY(call.Check());
  if (!(from >= 0 && to > from && to < 1e11))
    return api::Fail(api::kFieldsValue, "from_date, to_date");
  const Span span{static_cast<int64_t>(from), static_cast<int64_t>(std::ceil(to)), interval};
  if ((span.to_s - span.from_s) / interval > kPointsMax) {
    return api::Fail(api::kFieldsValue, "the interval is too short for so long a time");
  }
  return span;
}

struct Known {
  std::string key, name;
  json::Value machine_stats;
};

/// Every worker there is a history of, by name; those named by worker_ids when there are some.
Result<std::vector<Known>> FindKnown(const Context& context, api::Call& call) {
  const auto names = call.Texts("worker_ids");
  FURROW_TRY(call.Check());
  std::vector<Known> out;
  FURROW_TRY(context.core.docs.ForEach(
      entities::kWorkers, [&](std::string_view key, const json::Value& worker) {
        const std::string& name = worker.At("id").AsString();
        if (names.empty() || std::find(names.begin(), names.end(), name) != names.end()) {
          out.push_back({std::string(key), name, worker.At("machine_stats")});
        }
        return true;
      }));
  std::sort(out.begin(), out.end(), [](const Known& a, const Known& b) { return a.name < b.name; });
  return out;
}

struct Bucket {
  double sum = 0, min = 0, max = 0;
  int64_t count = 0;
  void Add(double value) {
    min = count ? std::min(min, value) : value;
    max = count ? std::max(max, value) : value;
    sum += value;
    ++count;
  }
  double As(std::string_view aggregation) const {
    if (aggregation == "min") return min;
    if (aggregation == "max") return max;
    return sum / static_cast<double>(count);
  }
};
using Buckets = std::map<int64_t, Bucket>;

json::Value MetricJson(const std::string& metric, const std::string* variant,
                       const Buckets& buckets, const std::set<std::string>& aggregations) {
  json::Array dates, stats;
  for (const auto& [time_s, bucket] : buckets) dates.push_back(time_s);
  for (const std::string& aggregation : aggregations) {
    json::Array values;
    for (const auto& [time_s, bucket] : buckets) values.push_back(bucket.As(aggregation));
    stats.push_back(json::Object{{"aggregation", aggregation}, {"values", std::move(values)}});
  }
  json::Value out =
      json::Object{{"metric", metric}, {"dates", std::move(dates)}, {"stats", std::move(stats)}};
  if (variant) out["variant"] = *variant;
  return out;
}

/// The metrics asked for, each with its aggregations.
using Items = std::map<std::string, std::set<std::string>>;
Result<Items> ReadItems(api::Call& call) {
  Items out;
  for (const json::Value& item : call.Field("items").array()) {
    const std::string aggregation = item.At("category").AsString("avg");
    if (aggregation != "avg" && aggregation != "min" && aggregation != "max") {
      return api::Fail(api::kFieldsValue, "category=" + aggregation);
    }
    if (!item.At("key").IsString()) return api::Fail(api::kFieldsValue, "an item needs a key");
    out[item.At("key").AsString()].insert(aggregation);
  }
  if (out.size() > kItemsMax) return api::Fail(api::kFieldsValue, "too many items");
  return out;
}

json::Value SeriesJson(const Span& span, const std::map<int64_t, int64_t>& counts) {
  json::Array dates, values;
  for (int64_t at = span.from_s; at < span.to_s; at += span.interval_s) {
    dates.push_back(at);
    const auto it = counts.find(at);
    values.push_back(it == counts.end() ? json::Value() : json::Value(it->second));
  }
  return json::Object{{"dates", std::move(dates)}, {"counts", std::move(values)}};
}

}  // namespace

Status GetStats(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Span span, ReadSpan(call));
  FURROW_TRY(call.Require({"items"}));
  FURROW_ASSIGN(const Items items, ReadItems(call));
  const bool split = call.Flag("split_by_variant") || call.Flag("split_by_resource");
  FURROW_ASSIGN(const auto known, FindKnown(context, call));
  json::Array workers;
  for (const Known& worker : known) {
    json::Array metrics;
    for (const auto& [metric, aggregations] : items) {
      FURROW_ASSIGN(const auto curves, entities::ReadMachineStats(context.core, worker.key, metric,
                                                                  span.from_s, span.to_s));
      std::map<std::string, Buckets> by_variant;
      for (const auto& [variant, curve] : curves) {
        Buckets& buckets = by_variant[split ? variant : ""];
        for (const entities::StatPoint& p : curve) buckets[span.BeginOf(p.time_s)].Add(p.value);
      }
      for (const auto& [variant, buckets] : by_variant) {
        if (buckets.empty()) continue;
        metrics.push_back(MetricJson(metric, split ? &variant : nullptr, buckets, aggregations));
      }
    }
    if (metrics.empty()) continue;
    workers.push_back(json::Object{{"worker", worker.name}, {"metrics", std::move(metrics)}});
  }
  call.response["workers"] = std::move(workers);
  return {};
}

Status GetActivityReport(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Span span, ReadSpan(call));
  FURROW_ASSIGN(const auto known, FindKnown(context, call));
  std::map<int64_t, int64_t> total, active;
  for (const Known& worker : known) {
    FURROW_ASSIGN(const auto curves, entities::ReadMachineStats(context.core, worker.key, kBusy,
                                                                span.from_s, span.to_s));
    std::set<int64_t> seen, busy;
    for (const auto& [variant, curve] : curves) {
      for (const entities::StatPoint& p : curve) {
        seen.insert(span.BeginOf(p.time_s));
        if (p.value > 0) busy.insert(span.BeginOf(p.time_s));
      }
    }
    for (const int64_t at : seen) ++total[at];
    for (const int64_t at : busy) ++active[at];
  }
  call.response["total"] = SeriesJson(span, total);
  call.response["active"] = SeriesJson(span, active);
  return {};
}

Status GetMetricKeys(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto known, FindKnown(context, call));
  // cpu_usage and cpu_temperature are of the category cpu.
  std::map<std::string, std::set<std::string>> categories;
  for (const Known& worker : known) {
    for (const json::Member& m : worker.machine_stats.object()) {
      categories[m.key.substr(0, m.key.find('_'))].insert(m.key);
    }
  }
  json::Array out;
  for (const auto& [name, keys] : categories) {
    out.push_back(
        json::Object{{"name", name}, {"metric_keys", json::Array(keys.begin(), keys.end())}});
  }
  call.response["categories"] = std::move(out);
  return {};
}

}  // namespace furrow::service::workers
