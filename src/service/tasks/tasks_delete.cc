// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/find.h"
#include "entities/removal.h"
#include "entities/removals.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "entities/task_document.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

using domain::TaskStatus;
using entities::Actor;
using entities::Removed;

// Models the task made go with it, unless they are published or another task uses them.
Status RemoveOwnModels(Context& context, docs::Transaction& t, const Actor& actor,
                       const std::string& id, const DeleteRequest& request, Removed& removed) {
  if (!request.delete_output_models) return {};
  FURROW_ASSIGN(auto models, t.Find(entities::kModels, entities::WhereEquals("task", id)));
  for (const std::string& model_id : models) {
    FURROW_ASSIGN(const json::Value model, t.Get(entities::kModels, model_id));
    if (model.At("ready").AsBool() && !request.force) continue;
    FURROW_ASSIGN(auto users,
                  t.Find(entities::kTasks, entities::WhereEquals("models.input.model", model_id)));
    if (!users.empty()) continue;
    FURROW_TRY(entities::RemoveModel(t, context.core, actor, model, removed));
  }
  return {};
}

json::Value Answer(const Removed& removed, const DeleteRequest& request) {
  json::Value out = json::Object{{"deleted_models", removed.models},
                                 {"updated_children", removed.updated_children},
                                 {"updated_models", removed.updated_models}};
  if (request.return_file_urls) out["urls"] = removed.Urls();
  return out;
}

}  // namespace

DeleteRequest ReadDelete(api::Call& call) {
  return {.force = call.Flag("force"),
          .return_file_urls = call.Flag("return_file_urls"),
          .delete_output_models = call.Flag("delete_output_models", true),
          .clear_all = call.Flag("clear_all"),
          .files = call.Flag("delete_external_artifacts"),
          .why = ReadReason(call)};
}

Result<json::Value> DeleteTask(Context& context, docs::Transaction& t, const Actor& actor,
                               std::string_view id_view, const DeleteRequest& request) {
  const std::string id(id_view);
  FURROW_ASSIGN(const json::Value task, entities::GetTask(t, id));
  const TaskStatus status = entities::StatusOf(task);
  if (!request.force && status != TaskStatus::kCreated &&
      !entities::HasTag(task.At("system_tags"), "archived")) {
    return api::Fail(api::kTaskCannotBeDeleted,
                     "archive it first or use force, status=" + task.At("status").AsString());
  }
  if (!request.force && status == TaskStatus::kPublished) {
    return api::Fail(api::kTaskCannotBeDeleted, "the task is published, use force");
  }
  Removed removed{.files = request.files};
  if (request.return_file_urls && !request.files) {
    FURROW_TRY(entities::CollectEventUrls(context.core, id, removed.event_urls));
  }
  FURROW_TRY(RemoveOwnModels(context, t, actor, id, request, removed));
  FURROW_TRY(entities::RemoveTask(t, context.core, actor, task, removed));
  if (request.files) FURROW_TRY(entities::RemoveFilesLater(t, context.core, actor.now, removed));
  json::Value answer = Answer(removed, request);
  answer["deleted"] = true;
  return answer;
}

Result<json::Value> ResetTask(Context& context, docs::Transaction& t, const Actor& actor,
                              std::string_view id_view, const DeleteRequest& request) {
  const std::string id(id_view);
  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
  if (!request.force && entities::StatusOf(task) == TaskStatus::kPublished) {
    return api::Fail(api::kInvalidTaskStatus, "a published task is not reset without force");
  }
  Removed removed{.files = request.files};
  if (request.return_file_urls || request.files) {
    entities::CollectArtifactUrls(task, removed.artifact_urls);
    // The task goes on under its id: its events go now, so what they name is read now.
    FURROW_TRY(entities::CollectEventUrls(context.core, id, removed.event_urls));
  }
  FURROW_ASSIGN(const bool dequeued, entities::RemoveFromQueues(t, context.core, id, actor.now));
  FURROW_TRY(RemoveOwnModels(context, t, actor, id, request, removed));
  entities::ForgetEvents(t, context.core, id);
  if (request.files) FURROW_TRY(entities::RemoveFilesLater(t, context.core, actor.now, removed));

  FURROW_ASSIGN(
      json::Value fields,
      entities::ChangeStatus(
          task, actor, {TaskStatus::kCreated, request.why.reason, request.why.message, true}));
  for (const char* gone : {"started", "completed", "published", "active_duration", "last_worker",
                           "last_worker_report", "enqueue_status"}) {
    task.object().Erase(gone);
  }
  task["last_iteration"] = 0;
  task["last_metrics"] = json::Object{};
  task["metric_stats"] = json::Object{};
  task["runtime"] = json::Object{};
  task["models"]["output"] = json::Array{};
  task["execution"]["queue"] = nullptr;
  std::erase_if(task["execution"]["artifacts"].array(),
                [](const json::Value& a) { return a.At("mode").AsString("output") == "output"; });
  task["output"].object().Erase("error");
  if (request.clear_all) {
    const json::Value fresh = entities::NewTask(context.core, actor);
    for (const char* section :
         {"script", "execution", "hyperparams", "configuration", "container"}) {
      task[section] = fresh.At(section);
    }
  }
  FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
  json::Value answer = Answer(removed, request);
  answer["updated"] = 1;
  answer["fields"] = std::move(fields);
  answer["dequeued"] = json::Object{{"removed", dequeued ? 1 : 0}};
  return answer;
}

Status Delete(Context& context, api::Call& call) {
  const DeleteRequest request = ReadDelete(call);
  return RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return DeleteTask(context, t, ActorOf(call), id, request);
  });
}

Status Reset(Context& context, api::Call& call) {
  const DeleteRequest request = ReadDelete(call);
  return RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return ResetTask(context, t, ActorOf(call), id, request);
  });
}

}  // namespace furrow::service::tasks
