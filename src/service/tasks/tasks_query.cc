// SPDX-License-Identifier: Apache-2.0
#include "entities/find.h"
#include "entities/task_document.h"
#include "query/entities.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

entities::Listing TaskListing(bool extended) {
  return {.collection = entities::kTasks,
          .schema = &query::kTaskSchema,
          .answer_field = "tasks",
          .extended = extended,
          .view = entities::TaskView};
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  return context.lister.List(call, TaskListing(false));
}

Status GetAllEx(Context& context, api::Call& call) {
  return context.lister.List(call, TaskListing(true));
}

Status GetByIdEx(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"id"}));
  return context.lister.List(call, TaskListing(true));
}

Status GetById(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string id = call.Text("task");
  auto task = context.core.docs.Get(entities::kTasks, id);
  if (!task.ok()) {
    if (task.status().code() == Code::kNotFound) return api::Fail(api::kInvalidTaskId, "id=" + id);
    return task.status();
  }
  entities::TaskView(*task, call);
  call.response["task"] = std::move(task).value();
  return {};
}

Status GetTypes(Context& context, api::Call& call) {
  const auto projects = call.Texts("projects");
  docs::Predicate where;
  if (!projects.empty()) where = entities::AnyOf("project", projects);
  FURROW_ASSIGN(auto types, context.core.docs.Distinct(entities::kTasks, "type", where));
  call.response["types"] = json::Array(types.begin(), types.end());
  return {};
}

}  // namespace furrow::service::tasks
