// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/find.h"
#include "entities/many.h"
#include "entities/removal.h"
#include "entities/removals.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "service/models/model_document.h"
#include "service/models/models_service.h"

namespace furrow::service::models {
namespace {

using domain::TaskStatus;
using entities::Actor;
using entities::ActorOf;

constexpr std::string_view kArchived = "archived";

// Publishes the task that made the model where its status allows that (or by force). Returns what
// the answer says of it, null when it stays as it is.
Result<json::Value> TryPublishTask(docs::Transaction& t, const Actor& actor,
                                   const std::string& task_id, bool force) {
  if (task_id.empty() || !t.Exists(entities::kTasks, task_id)) return json::Value();
  FURROW_ASSIGN(json::Value task, t.Get(entities::kTasks, task_id));
  if (entities::StatusOf(task) == TaskStatus::kPublished) return json::Value();
  auto fields = entities::ChangeStatus(
      task, actor, {.to = TaskStatus::kPublished, .reason = "", .message = "", .force = force});
  if (!fields.ok()) return json::Value();
  task["published"] = FormatTime(actor.now);
  (*fields)["published"] = task.At("published");
  FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
  return json::Value(
      json::Object{{"id", task_id},
                   {"data", json::Object{{"updated", 1}, {"fields", std::move(fields).value()}}}});
}

Result<json::Value> PublishModel(docs::Transaction& t, const Actor& actor, std::string_view id,
                                 bool publish_task, bool force_task) {
  FURROW_ASSIGN(json::Value model, GetForChange(t, id));
  if (model.At("ready").AsBool()) return api::Fail(api::kModelIsReady, "id=" + std::string(id));
  json::Value answer = json::Object{{"updated", 1}};
  if (publish_task) {
    FURROW_ASSIGN(json::Value task,
                  TryPublishTask(t, actor, model.At("task").AsString(), force_task));
    if (!task.IsNull()) answer["published_task"] = std::move(task);
  }
  model["ready"] = true;
  FURROW_TRY(PutModel(t, actor, std::move(model)));
  return answer;
}

// The first few of the ids; the web UI looks up what it finds in "tasks=(…)".
std::string Listed(const std::vector<std::string>& ids) {
  constexpr size_t kShown = 10;
  std::string out;
  for (size_t i = 0; i < std::min(ids.size(), kShown); ++i) {
    out += (i ? ", " : "") + ids[i];
  }
  return out;
}

// Refuses what only force may delete.
Status MayDelete(docs::Transaction& t, const json::Value& model) {
  const std::string id = model.At("id").AsString();
  FURROW_ASSIGN(const auto users,
                t.Find(entities::kTasks, entities::WhereEquals("models.input.model", id)));
  if (!users.empty()) {
    return api::Fail(api::kModelInUse, "use force to delete, tasks=(" + Listed(users) + ")");
  }
  const std::string& task_id = model.At("task").AsString();
  if (task_id.empty() || !t.Exists(entities::kTasks, task_id)) return {};
  FURROW_ASSIGN(const json::Value task, t.Get(entities::kTasks, task_id));
  const TaskStatus status = entities::StatusOf(task);
  if (status != TaskStatus::kPublished && status != TaskStatus::kPublishing) return {};
  return api::Fail(api::kModelCreatingTaskExists, "use force to delete, tasks=(" + task_id + ")");
}

Result<json::Value> DeleteModel(Context& context, docs::Transaction& t, const Actor& actor,
                                std::string_view id, bool force, bool files) {
  FURROW_ASSIGN(const json::Value model, GetForChange(t, id));
  if (!force) FURROW_TRY(MayDelete(t, model));
  entities::Removed removed{.files = files};
  FURROW_TRY(entities::RemoveModel(t, context.core, actor, model, removed));
  if (files) FURROW_TRY(entities::RemoveFilesLater(t, context.core, actor.now, removed));
  return json::Value(json::Object{{"deleted", true}, {"url", model.At("uri")}});
}

Result<json::Value> ArchiveModel(docs::Transaction& t, const Actor& actor, std::string_view id,
                                 bool archive) {
  FURROW_ASSIGN(json::Value model, GetForChange(t, id));
  json::Value& tags = model["system_tags"];
  const bool changed =
      archive ? entities::AddTag(tags, kArchived) : entities::RemoveTag(tags, kArchived);
  if (changed) FURROW_TRY(PutModel(t, actor, std::move(model)));
  return json::Value(json::Object{{archive ? "archived" : "unarchived", changed}});
}

}  // namespace

Status SetReady(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"model"}));
  const std::string id = call.Text("model");
  const bool publish_task = call.Flag("publish_task", true);
  const bool force = call.Flag("force_publish_task");
  FURROW_TRY(call.Check());
  json::Value answer;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(answer, PublishModel(t, ActorOf(call), id, publish_task, force));
    return {};
  }));
  call.response = std::move(answer.object());
  return {};
}

Status PublishMany(Context& context, api::Call& call) {
  const bool publish_tasks = call.Flag("publish_tasks", true);
  const bool force = call.Flag("force_publish_task");
  return entities::RunMany(
      context.core, call, [&](docs::Transaction& t, const std::string& id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value answer, PublishModel(t, ActorOf(call), id, publish_tasks, force));
        answer["updated"] = true;
        return answer;
      });
}

Status ArchiveMany(Context& context, api::Call& call) {
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return ArchiveModel(t, ActorOf(call), id, true);
  });
}

Status UnarchiveMany(Context& context, api::Call& call) {
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return ArchiveModel(t, ActorOf(call), id, false);
  });
}

Status Delete(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"model"}));
  const std::string id = call.Text("model");
  const bool force = call.Flag("force"), files = call.Flag("delete_external_artifacts");
  FURROW_TRY(call.Check());
  json::Value answer;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(answer, DeleteModel(context, t, ActorOf(call), id, force, files));
    return {};
  }));
  call.response = std::move(answer.object());
  return {};
}

Status DeleteMany(Context& context, api::Call& call) {
  const bool force = call.Flag("force"), files = call.Flag("delete_external_artifacts");
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return DeleteModel(context, t, ActorOf(call), id, force, files);
  });
}

}  // namespace furrow::service::models
