// SPDX-License-Identifier: Apache-2.0
#include "entities/scope.h"
#include "query/entities.h"
#include "service/models/model_document.h"
#include "service/models/models_service.h"

namespace furrow::service::models {
namespace {

// The newest version that still has the endpoints about "the" model of a task.
constexpr api::Version kLastTaskModel{2, 13};

entities::Listing ModelListing(bool extended) {
  return {.collection = entities::kModels,
          .schema = &query::kModelSchema,
          .answer_field = "models",
          .extended = extended,
          .hide_hidden = false,
          .view = ModelView};
}

Result<json::Value> Find(const Context& context, const std::string& id) {
  auto model = context.core.docs.Get(entities::kModels, id);
  if (!model.ok() && model.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidModelId, "id=" + id);
  }
  return model;
}

// include_stats: how many labels each model of the answer has.
Status AddStats(const Context& context, json::Value& models) {
  for (json::Value& model : models.array()) {
    FURROW_ASSIGN(const json::Value whole, Find(context, model.At("id").AsString()));
    model["stats"]["labels_count"] = whole.At("labels").object().size();
  }
  return {};
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  return context.lister.List(call, ModelListing(false));
}

Status GetAllEx(Context& context, api::Call& call) {
  FURROW_TRY(context.lister.List(call, ModelListing(true)));
  if (!call.Flag("include_stats")) return {};
  return AddStats(context, call.response["models"]);
}

Status GetByIdEx(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"id"}));
  return context.lister.List(call, ModelListing(true));
}

Status GetById(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"model"}));
  const std::string id = call.Text("model");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(json::Value model, Find(context, id));
  ModelView(model, call);
  call.response["model"] = std::move(model);
  return {};
}

Status GetByTaskId(Context& context, api::Call& call) {
  if (call.version > kLastTaskModel) return api::Fail(api::kMovedNotSupported);
  FURROW_TRY(call.Require({"task"}));
  const std::string task_id = call.Text("task");
  FURROW_TRY(call.Check());
  auto task = context.core.docs.Get(entities::kTasks, task_id);
  if (!task.ok()) {
    if (task.status().code() != Code::kNotFound) return task.status();
    return api::Fail(api::kInvalidTaskId, "id=" + task_id);
  }
  const json::Array& outputs = std::as_const(*task).At("models").At("output").array();
  if (outputs.empty()) return api::Fail(api::kInvalidModelId, "the task has no output model");
  FURROW_ASSIGN(json::Value model, Find(context, outputs.back().At("model").AsString()));
  ModelView(model, call);
  call.response["model"] = std::move(model);
  return {};
}

Status GetFrameworks(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto scope,
                entities::InProjects(context.core.docs, call.Texts("projects"), true));
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(const auto frameworks,
                entities::DistinctTexts(context.core.docs, entities::kModels, "framework", scope));
  call.response["frameworks"] = json::Array(frameworks.begin(), frameworks.end());
  return {};
}

}  // namespace furrow::service::models
