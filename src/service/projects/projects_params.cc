// SPDX-License-Identifier: Apache-2.0
// Which metrics, parameters and metadata stand in a project, and with what values: the columns a
// table of tasks or models can show.
#include <set>

#include "base/id.h"
#include "entities/find.h"
#include "entities/scope.h"
#include "query/escape.h"
#include "service/projects/projects_ops.h"
#include "store/docs/regex.h"

namespace furrow::service::projects {
namespace {

using docs::Predicate;

// Names of parameters are gathered from this many documents, the newest first: reading all of a
// million would take minutes, and older ones seldom add a name.
constexpr int64_t kSampled = 20'000;

Status VisitNewest(const docs::Store& docs, docs::CollectionId collection, Predicate where,
                   const std::function<void(const json::Value&)>& visit) {
  docs::Plan plan = entities::Where(std::move(where));
  plan.order = {{.path = "last_update", .descending = true}};
  plan.limit = kSampled;
  FURROW_ASSIGN(const auto ids, docs.FindIds(collection, plan));
  for (const std::string& id : ids) {
    const auto doc = docs.GetShared(collection, id);
    if (doc.ok()) visit(**doc);
  }
  return {};
}

// `total` and the part of `values` the call asks for under `field`.
void AnswerWindow(api::Call& call, std::string_view field, const json::Array& values,
                  bool remaining) {
  const entities::Window w = entities::WindowOf(call, values.size());
  call.response[field] = json::Array(values.begin() + static_cast<ptrdiff_t>(w.begin),
                                     values.begin() + static_cast<ptrdiff_t>(w.end));
  call.response["total"] = values.size();
  if (remaining) call.response["remaining"] = values.size() - w.end;
}

// The distinct texts at `path` that hold a match of the call's `pattern`.
Status AnswerValues(Context& context, api::Call& call, docs::CollectionId collection,
                    const std::string& path) {
  FURROW_ASSIGN(const Predicate scope, entities::ScopeOf(context.core.docs, call));
  FURROW_ASSIGN(const auto pattern, docs::Regex::Compile(call.Text("pattern"), false));
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(const auto texts,
                entities::DistinctTexts(context.core.docs, collection, path, scope));
  json::Array values;
  for (const std::string& text : texts) {
    if (pattern.Search(text)) values.push_back(text);
  }
  AnswerWindow(call, "values", values, false);
  return {};
}

}  // namespace

Status GetUniqueMetricVariants(Context& context, api::Call& call) {
  const docs::Store& docs = context.core.docs;
  std::vector<std::string> owners = call.Texts("ids");
  const auto collection = call.Flag("model_metrics") ? entities::kModels : entities::kTasks;
  FURROW_ASSIGN(const Predicate scope, entities::ScopeOf(docs, call));
  if (owners.empty()) {
    FURROW_ASSIGN(owners, docs.FindIds(collection, entities::Where(scope)));
  }
  std::set<std::pair<std::string, std::string>> names;
  for (const std::string& owner : owners) {
    const auto stats = context.core.events.Stats(owner);
    if (!stats) continue;
    for (const events::SeriesStats& s : stats->series) names.emplace(s.metric, s.variant);
  }
  json::Array metrics;
  for (const auto& [metric, variant] : names) {
    metrics.push_back(json::Object{{"metric", metric},
                                   {"metric_hash", Md5Hex(metric)},
                                   {"variant", variant},
                                   {"variant_hash", Md5Hex(variant)}});
  }
  call.response["metrics"] = std::move(metrics);
  return {};
}

Status GetHyperParameters(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  FURROW_ASSIGN(Predicate scope, entities::ScopeOf(context.core.docs, call));
  std::set<std::pair<std::string, std::string>> names;
  FURROW_TRY(VisitNewest(
      context.core.docs, entities::kTasks, std::move(scope), [&](const json::Value& task) {
        for (const json::Member& section : task.At("hyperparams").object()) {
          for (const json::Member& item : section.value.object()) {
            names.emplace(query::UnescapeKey(section.key), query::UnescapeKey(item.key));
          }
        }
      }));
  json::Array parameters;
  for (const auto& [section, name] : names) {
    parameters.push_back(json::Object{{"section", section}, {"name", name}});
  }
  AnswerWindow(call, "parameters", parameters, true);
  return {};
}

Status GetHyperparamValues(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"section", "name"}));
  return AnswerValues(context, call, entities::kTasks,
                      "hyperparams." + query::EscapeKey(call.Text("section")) + "." +
                          query::EscapeKey(call.Text("name")) + ".value");
}

Status GetModelMetadataKeys(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"project"}));
  FURROW_ASSIGN(Predicate scope, entities::ScopeOf(context.core.docs, call));
  std::set<std::string> names;
  FURROW_TRY(VisitNewest(context.core.docs, entities::kModels, std::move(scope),
                         [&](const json::Value& model) {
                           for (const json::Member& item : model.At("metadata").object()) {
                             names.insert(query::UnescapeKey(item.key));
                           }
                         }));
  AnswerWindow(call, "keys", json::Array(names.begin(), names.end()), true);
  return {};
}

Status GetModelMetadataValues(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"key"}));
  return AnswerValues(context, call, entities::kModels,
                      "metadata." + query::EscapeKey(call.Text("key")) + ".value");
}

}  // namespace furrow::service::projects
