// SPDX-License-Identifier: Apache-2.0
#include "entities/run_metrics.h"

#include <algorithm>
#include <cmath>

#include "base/id.h"
#include "base/time.h"

namespace furrow::entities {
namespace {

constexpr std::string_view kOwned[] = {"last_metrics", "metric_stats", "last_iteration",
                                       "last_update"};

std::string_view KindName(uint8_t kind) {
  switch (kind) {
    case 0: return "training_stats_scalar";
    case static_cast<uint8_t>(events::RichType::kImage): return "training_debug_image";
    case static_cast<uint8_t>(events::RichType::kPlot): return "plot";
    case static_cast<uint8_t>(events::RichType::kVector): return "training_stats_vector";
    default: return "log";
  }
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
    const double mean = s.count ? s.sum / static_cast<double>(s.count) : 0;
    json::Value& slot = out[Md5Hex(s.metric)][Md5Hex(s.variant)];
    slot = json::Object{
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
  return out;
}

bool RunMetrics::Owns(std::string_view path) const {
  return std::any_of(std::begin(kOwned), std::end(kOwned), [&](std::string_view owned) {
    return path.starts_with(owned) && (path.size() == owned.size() || path[owned.size()] == '.');
  });
}

void RunMetrics::Merge(std::string_view id, json::Value& doc) const {
  const auto stats = events_ ? events_->Stats(id) : nullptr;
  if (!stats) return;
  doc["last_metrics"] = LastMetricsJson(*stats);
  doc["metric_stats"] = MetricStatsJson(*stats);
  if (stats->last_iteration) {
    json::Value& last = doc["last_iteration"];
    last = std::max(last.AsInt(INT64_MIN), *stats->last_iteration);
  }
  if (stats->last_event) {
    json::Value& last = doc["last_update"];
    const std::string seen = FormatTime(stats->last_event);
    if (last.AsString() < seen) last = seen;
  }
}

}  // namespace furrow::entities
