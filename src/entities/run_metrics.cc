// SPDX-License-Identifier: Apache-2.0
#include "entities/run_metrics.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/id.h"
#include "base/time.h"

namespace furrow::entities {
namespace {

constexpr char kLastMetrics[] = "last_metrics", kMetricStats[] = "metric_stats";
constexpr std::string_view kOwned[] = {kLastMetrics, kMetricStats, "last_iteration", "last_update"};

std::string_view KindName(uint8_t kind) {
  switch (kind) {
    case 0:
      return "training_stats_scalar";
    case static_cast<uint8_t>(events::RichType::kImage):
      return "training_debug_image";
    case static_cast<uint8_t>(events::RichType::kPlot):
      return "plot";
    case static_cast<uint8_t>(events::RichType::kVector):
      return "training_stats_vector";
    default:
      return "log";
  }
}

json::Value SeriesJson(const events::SeriesStats& s) {
  const double mean = s.count ? s.sum / static_cast<double>(s.count) : 0;
  return json::Object{
      {"metric", s.metric},
      {"variant", s.variant},
      {"value", s.value},
      {"min_value", s.min},
      {"min_value_iteration", s.min_iter},
      {"max_value", s.max},
      {"max_value_iteration", s.max_iter},
      {"first_value", s.first},
      {"first_value_iteration", s.first_iter},
      {"count", s.count},
      {"mean_value", std::isfinite(mean) ? std::round(mean * 100) / 100 : mean},
      {"x_axis_label", s.x_axis_label.empty() ? json::Value() : json::Value(s.x_axis_label)},
  };
}

// Md5Hex of names that come again for every run. Bounded: names are few, and a flood of new ones
// only costs the look-up.
std::string NameHash(const std::string& name) {
  constexpr size_t kKept = 4096;
  static thread_local std::unordered_map<std::string, std::string> kept;
  if (const auto it = kept.find(name); it != kept.end()) return it->second;
  std::string hash = Md5Hex(name);
  if (kept.size() < kKept) kept.emplace(name, hash);
  return hash;
}

// last_metrics.<md5 of metric>.<md5 of variant>.<member>; null when there is no such series.
json::Value ReadLastMetric(const events::OwnerStats& stats, std::string_view path) {
  constexpr size_t kHash = 32;
  path.remove_prefix(sizeof(kLastMetrics));
  if (path.size() < 2 * kHash + 2 || path[kHash] != '.' || path[2 * kHash + 1] != '.') return {};
  const std::string_view metric = path.substr(0, kHash), variant = path.substr(kHash + 1, kHash);
  for (const events::SeriesStats& s : stats.series) {
    if (NameHash(s.metric) == metric && NameHash(s.variant) == variant) {
      const json::Value series = SeriesJson(s);
      const json::Value* found = series.FindPath(path.substr(2 * kHash + 2));
      return found ? *found : json::Value();
    }
  }
  return {};
}

json::Value RaisedIteration(const events::OwnerStats& stats, const json::Value& stored) {
  return std::max(stored.AsInt(INT64_MIN), *stats.last_iteration);
}

json::Value RaisedUpdate(const events::OwnerStats& stats, const json::Value& stored) {
  std::string seen = FormatTime(stats.last_event);
  return stored.AsString() < seen ? json::Value(std::move(seen)) : stored;
}

json::Value MetricStatsJson(const events::OwnerStats& stats) {
  json::Value out = json::Object{};
  for (const auto& k : stats.kinds) {
    json::Value& metric = out[Md5Hex(k.metric)];
    metric["metric"] = k.metric;
    json::Value& kind = metric["event_stats_by_type"][KindName(k.kind)];
    kind["last_update"] = FormatTime(k.last);
  }
  return out;
}

}  // namespace

bool IsMonitorMetric(std::string_view metric) {
  return metric == ":monitor:machine" || metric == ":monitor:gpu";
}

json::Value LastMetricsJson(const events::OwnerStats& stats) {
  json::Value out = json::Object{};
  for (const events::SeriesStats& s : stats.series) {
    out[Md5Hex(s.metric)][Md5Hex(s.variant)] = SeriesJson(s);
  }
  return out;
}

bool RunMetrics::Owns(std::string_view path) const {
  return std::any_of(std::begin(kOwned), std::end(kOwned), [&](std::string_view owned) {
    return path.starts_with(owned) && (path.size() == owned.size() || path[owned.size()] == '.');
  });
}

Status RunMetrics::Check(std::string_view id) const {
  return events_ ? events_->CheckStats(id) : Status();
}

void RunMetrics::Merge(std::string_view id, json::Value& doc) const {
  const auto stats = events_ ? events_->Stats(id) : nullptr;
  if (!stats) {
    doc["last_metrics"] = json::Object{};
    doc["metric_stats"] = json::Object{};
    return;
  }
  doc["last_metrics"] = LastMetricsJson(*stats);
  doc["metric_stats"] = MetricStatsJson(*stats);
  if (stats->last_iteration) doc["last_iteration"] = RaisedIteration(*stats, doc["last_iteration"]);
  if (stats->last_event) doc["last_update"] = RaisedUpdate(*stats, doc["last_update"]);
}

bool RunMetrics::Replaces(std::string_view member) const {
  return member == kLastMetrics || member == kMetricStats;
}

void RunMetrics::Read(std::string_view id, std::span<const std::string> paths,
                      std::span<json::Value> values) const {
  const auto stats = events_ ? events_->Stats(id) : nullptr;
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string_view path = paths[i];
    const std::string_view member = path.substr(0, path.find('.'));
    if (Replaces(member)) {
      values[i] = nullptr;
      if (!stats) continue;
      if (member == kLastMetrics && path.size() > member.size()) {
        values[i] = ReadLastMetric(*stats, path);
      } else if (member == kMetricStats) {
        const json::Value all = json::Object{{kMetricStats, MetricStatsJson(*stats)}};
        if (const json::Value* found = all.FindPath(path)) values[i] = *found;
      }
    } else if (stats && path == "last_iteration" && stats->last_iteration) {
      values[i] = RaisedIteration(*stats, values[i]);
    } else if (stats && path == "last_update" && stats->last_event) {
      values[i] = RaisedUpdate(*stats, values[i]);
    }
  }
}

}  // namespace furrow::entities
