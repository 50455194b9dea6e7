// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>

#include "service/events/charts.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"
#include "service/events/rich_reader.h"

namespace furrow::service::events {
namespace {

constexpr size_t kTasksMax = 100;

using Names = std::map<std::string, std::set<std::string>>;  // metric -> variants

Status AddNames(const es::Store& store, const std::string& owner, EventType type, Names& names) {
  switch (type) {
    case EventType::kLog:
      return {};  // lines belong to no metric
    case EventType::kScalar: {
      FURROW_ASSIGN(const auto series, store.Series(owner));
      for (const es::SeriesName& s : series) names[s.metric].insert(s.variant);
      FURROW_ASSIGN(const auto singles, store.SingleValues(owner));
      for (const es::Store::Single& s : singles) names[s.metric].insert(s.variant);
      return {};
    }
    default: {
      FURROW_ASSIGN(const auto index, store.RichIndex(owner, RichTypeOf(type)));
      for (const es::Store::RichSeries& s : index) names[s.metric].insert(s.variant);
      return {};
    }
  }
}

/// The call's event_type, or every type.
Result<std::vector<EventType>> ReadTypes(api::Call& call) {
  const std::string name = call.Text("event_type");
  if (name.empty()) {
    return std::vector{EventType::kScalar, EventType::kVector, EventType::kImage, EventType::kPlot};
  }
  const auto type = ParseType(name);
  if (!type) return api::Fail(api::kFieldsValue, "event_type=" + name);
  return std::vector{*type};
}

json::Array Texts(const std::set<std::string>& names) {
  return json::Array(names.begin(), names.end());
}

/// {metric: [variant, …]} of one type.
Status AnswerVariants(Context& context, api::Call& call, EventType type) {
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  Names names;
  FURROW_TRY(AddNames(context.core.events, owner.id, type, names));
  json::Object metrics;
  for (const auto& [metric, variants] : names) metrics.Append(metric, Texts(variants));
  call.response["metrics"] = std::move(metrics);
  return {};
}

}  // namespace

Status GetTaskMetrics(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto types, ReadTypes(call));
  FURROW_ASSIGN(const auto owners, OwnersOf(context.core, call, kTasksMax));
  json::Array out;
  for (const Owner& owner : owners) {
    Names names;
    for (const EventType type : types) {
      FURROW_TRY(AddNames(context.core.events, owner.id, type, names));
    }
    json::Array metrics;
    for (const auto& [metric, variants] : names) metrics.push_back(metric);
    out.push_back(json::Object{{"task", owner.id}, {"metrics", std::move(metrics)}});
  }
  call.response["metrics"] = std::move(out);
  return {};
}

Status GetMultiTaskMetrics(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto types, ReadTypes(call));
  FURROW_ASSIGN(const auto owners, OwnersOf(context.core, call, kTasksMax));
  Names names;
  for (const Owner& owner : owners) {
    for (const EventType type : types) {
      FURROW_TRY(AddNames(context.core.events, owner.id, type, names));
    }
  }
  json::Array out;
  for (const auto& [metric, variants] : names) {
    out.push_back(json::Object{{"metric", metric}, {"variants", Texts(variants)}});
  }
  call.response["metrics"] = std::move(out);
  return {};
}

Status GetScalarMetricsAndVariants(Context& context, api::Call& call) {
  return AnswerVariants(context, call, EventType::kScalar);
}

Status GetVectorMetricsAndVariants(Context& context, api::Call& call) {
  return AnswerVariants(context, call, EventType::kVector);
}

}  // namespace furrow::service::events
