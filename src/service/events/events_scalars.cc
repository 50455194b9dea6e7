// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "service/events/charts.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"

namespace furrow::service::events {
namespace {

constexpr size_t kTasksMax = 100;
constexpr size_t kLatestPoints = 100;

}  // namespace

Status ScalarMetricsIterHistogram(Context& context, api::Call& call) {
  FURROW_ASSIGN(const ChartRequest request, ReadChartRequest(call));
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  FURROW_ASSIGN(const auto charts, MakeCharts(context.core.events, owner.id, request));
  // They come sorted, so no look-up is needed: metrics and variants may be thousands.
  json::Object* variants = nullptr;
  const std::string* metric = nullptr;
  for (const Chart& chart : charts) {
    if (!metric || *metric != chart.series.metric) {
      metric = &chart.series.metric;
      variants = &call.response.Append(*metric, json::Object{}).object();
    }
    variants->Append(chart.series.variant, ChartJson(chart, request.axis, chart.series.variant));
  }
  return {};
}

Status MultiTaskScalarMetricsIterHistogram(Context& context, api::Call& call) {
  FURROW_ASSIGN(const ChartRequest request, ReadChartRequest(call));
  FURROW_ASSIGN(const auto owners, OwnersOf(context.core, call, kTasksMax));
  std::map<std::string, std::map<std::string, json::Object>> by_metric;
  for (const Owner& owner : owners) {
    FURROW_ASSIGN(const auto charts, MakeCharts(context.core.events, owner.id, request));
    for (const Chart& chart : charts) {
      by_metric[chart.series.metric][chart.series.variant].Append(
          owner.id, ChartJson(chart, request.axis, owner.name));
    }
  }
  json::Object metrics;
  for (auto& [metric, by_variant] : by_metric) {
    json::Object variants;
    for (auto& [variant, tasks] : by_variant) variants.Append(variant, std::move(tasks));
    metrics.Append(metric, std::move(variants));
  }
  call.response["metrics"] = std::move(metrics);
  return {};
}

Status GetTaskSingleValueMetrics(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Selection selection, Selection::Read(call.Field("metrics")));
  FURROW_ASSIGN(const auto owners, OwnersOf(context.core, call, kTasksMax));
  json::Array tasks;
  for (const Owner& owner : owners) {
    FURROW_ASSIGN(const auto singles, context.core.events.SingleValues(owner.id));
    json::Array values;
    for (const es::Store::Single& s : singles) {
      if (!selection.Has(s.metric, s.variant)) continue;
      values.push_back(json::Object{{"metric", s.metric},
                                    {"variant", s.variant},
                                    {"value", s.value},
                                    {"timestamp", s.time_ms}});
    }
    if (values.empty()) continue;
    tasks.push_back(
        json::Object{{"task", owner.id}, {"task_name", owner.name}, {"values", std::move(values)}});
  }
  call.response["tasks"] = std::move(tasks);
  return {};
}

Status GetTaskLatestScalarValues(Context& context, api::Call& call) {
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  const es::Store& store = context.core.events;
  json::Array metrics;
  FURROW_ASSIGN(const std::vector<es::SeriesName> all, SelectSeries(store, owner.id, {}));
  for (size_t i = 0; i < all.size();) {
    const std::string& metric = all[i].metric;
    json::Array variants;
    for (; i < all.size() && all[i].metric == metric; ++i) {
      FURROW_ASSIGN(const auto last, store.Scalars(owner.id, metric, all[i].variant, std::nullopt,
                                                   kLatestPoints, /*descending=*/true));
      if (last.empty()) continue;
      double sum = 0;
      for (const es::StoredScalar& point : last) sum += point.value;
      variants.push_back(json::Object{{"name", all[i].variant},
                                      {"last_value", last.front().value},
                                      {"last_100_value", sum / static_cast<double>(last.size())}});
    }
    metrics.push_back(json::Object{{"name", metric}, {"variants", std::move(variants)}});
  }
  call.response["metrics"] = std::move(metrics);
  return {};
}

}  // namespace furrow::service::events
