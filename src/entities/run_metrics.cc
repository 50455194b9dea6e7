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
  json::Object out;
  out.Append("metric", s.metric);
  out.Append("variant", s.variant);
  out.Append("value", s.value);
  out.Append("min_value", s.min);
  out.Append("min_value_iteration", s.min_iter);
  out.Append("max_value", s.max);
  out.Append("max_value_iteration", s.max_iter);
  out.Append("first_value", s.first);
  out.Append("first_value_iteration", s.first_iter);
  out.Append("count", s.count);
  out.Append("mean_value", std::isfinite(mean) ? std::round(mean * 100) / 100 : mean);
  out.Append("x_axis_label", s.x_axis_label.empty() ? json::Value() : json::Value(s.x_axis_label));
  return out;
}

// Md5Hex of names that come again for every run. Bounded: names are few, and a flood of new ones
// only costs the look-up. The answer lives until the next call on this thread.
const std::string& NameHash(const std::string& name) {
  constexpr size_t kKept = 4096;
  static thread_local std::unordered_map<std::string, std::string> kept;
  static thread_local std::string other;
  if (const auto it = kept.find(name); it != kept.end()) return it->second;
  if (kept.size() < kKept) return kept.emplace(name, Md5Hex(name)).first->second;
  return other = Md5Hex(name);
}

// last_metrics.<md5 of metric>.<md5 of variant>.<member>; null when there is no such series.
json::Value ReadLastMetric(const events::OwnerStats& stats, std::string_view path) {
  constexpr size_t kHash = 32;
  path.remove_prefix(sizeof(kLastMetrics));
  if (path.size() < 2 * kHash + 2 || path[kHash] != '.' || path[2 * kHash + 1] != '.') return {};
  const std::string_view metric = path.substr(0, kHash), variant = path.substr(kHash + 1, kHash);
  for (const events::SeriesStats& s : stats.series) {
    if (NameHash(s.metric) == metric && NameHash(s.variant) == variant) {
      const std::string_view member = path.substr(2 * kHash + 2);
      if (member == "value") return s.value;  // what nearly every table asks for
      const json::Value series = SeriesJson(s);
      const json::Value* found = series.FindPath(member);
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
    json::Value& metric = out[NameHash(k.metric)];
    metric["metric"] = k.metric;
    json::Value& kind = metric["event_stats_by_type"][KindName(k.kind)];
    kind["last_update"] = FormatTime(k.last);
  }
  return out;
}

// `stats`: null when there are none.
void ReadFrom(const events::OwnerStats* stats, std::span<const std::string> paths,
              std::span<json::Value> values) {
  for (size_t i = 0; i < paths.size(); ++i) {
    const std::string_view path = paths[i];
    const std::string_view member = path.substr(0, path.find('.'));
    if (member == kLastMetrics || member == kMetricStats) {
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

}  // namespace

bool IsMonitorMetric(std::string_view metric) {
  return metric == ":monitor:machine" || metric == ":monitor:gpu";
}

json::Value LastMetricsJson(const events::OwnerStats& stats) {
  json::Value out = json::Object{};
  for (const events::SeriesStats& s : stats.series) {
    json::Value& metric = out[NameHash(s.metric)];
    metric[NameHash(s.variant)] = SeriesJson(s);
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
  ReadFrom(stats.get(), paths, values);
}

bool RunMetrics::ReadAll(std::span<const std::string> paths, const Stored& stored,
                         const Take& take) const {
  if (!events_) return false;
  std::vector<json::Value> values(paths.size());
  const Status read =
      events_->ForEachStats([&](const std::string& owner, const events::OwnerStats& stats) {
        if (!stored(owner, values)) return true;
        ReadFrom(&stats, paths, values);
        take(owner, values);
        return true;
      });
  // One that is damaged ends the walk; asked one by one the others still answer.
  return read.ok();
}

}  // namespace furrow::entities
