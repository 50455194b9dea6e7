// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "entities/find.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "entities/task_document.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

using domain::TaskStatus;
using entities::Actor;

constexpr char kDeletedPrefix[] = "__DELETED__";

// What a task leaves outside its document, taken away with it.
struct Cleanup {
  int64_t deleted_models = 0, updated_children = 0, updated_models = 0;
  std::set<std::string> artifact_urls, model_urls, event_urls;
};

void CollectArtifactUrls(const json::Value& task, Cleanup& done) {
  const json::Value* artifacts = task.FindPath("execution.artifacts");
  for (const json::Value& a : artifacts ? artifacts->array() : json::Array{}) {
    if (a.At("mode").AsString("output") == "output" && a.At("uri").IsString()) {
      done.artifact_urls.insert(a.At("uri").AsString());
    }
  }
}

void CollectEventUrls(Context& context, std::string_view id, Cleanup& done) {
  auto index = context.core.events.RichIndex(id, events::RichType::kImage);
  if (!index.ok()) return;
  for (const auto& series : *index) {
    auto found = context.core.events.RichEvents(id, events::RichType::kImage, series.metric,
                                                series.variant, std::nullopt, SIZE_MAX);
    if (!found.ok()) continue;
    for (const auto& event : *found) {
      if (!event.key.empty()) done.event_urls.insert(event.key);
    }
  }
}

void ForgetEvents(Context& context, docs::Transaction& t, std::string_view id) {
  context.core.events.Delete(id, t.batch());
  t.AfterWrite([&context, owner = std::string(id)] { context.core.events.Forget(owner); });
}

// Models the task made: deleted unless another task uses them as input; then only cut loose.
Status CleanModels(Context& context, docs::Transaction& t, const Actor& actor, const std::string& id,
                   const DeleteRequest& request, Cleanup& done) {
  FURROW_ASSIGN(auto models, t.Find(entities::kModels, entities::WhereEquals("task", id)));
  for (const std::string& model_id : models) {
    FURROW_ASSIGN(json::Value model, t.Get(entities::kModels, model_id));
    FURROW_ASSIGN(auto users, t.Find(entities::kTasks, entities::WhereEquals("models.input.model", model_id)));
    const bool published = model.At("ready").AsBool() && !request.force;
    if (request.delete_output_models && users.empty() && !published) {
      if (model.At("uri").IsString()) done.model_urls.insert(model.At("uri").AsString());
      ForgetEvents(context, t, model_id);
      FURROW_TRY(t.Delete(entities::kModels, model_id));
      ++done.deleted_models;
    } else {
      model["task"] = kDeletedPrefix + id;
      model["last_update"] = FormatTime(actor.now);
      FURROW_TRY(t.Put(entities::kModels, model_id, std::move(model)));
      ++done.updated_models;
    }
  }
  return {};
}

Status CleanChildren(docs::Transaction& t, const std::string& id, Cleanup& done) {
  FURROW_ASSIGN(auto children, t.Find(entities::kTasks, entities::WhereEquals("parent", id)));
  for (const std::string& child_id : children) {
    FURROW_ASSIGN(json::Value child, t.Get(entities::kTasks, child_id));
    child["parent"] = kDeletedPrefix + id;
    FURROW_TRY(t.Put(entities::kTasks, child_id, std::move(child)));
    ++done.updated_children;
  }
  return {};
}

json::Value Answer(const Cleanup& done, const DeleteRequest& request) {
  json::Value out = json::Object{{"deleted_models", done.deleted_models},
                                 {"updated_children", done.updated_children},
                                 {"updated_models", done.updated_models}};
  if (request.return_file_urls) {
    const auto list = [](const std::set<std::string>& urls) {
      return json::Array(urls.begin(), urls.end());
    };
    out["urls"] = json::Object{{"artifact_urls", list(done.artifact_urls)},
                               {"model_urls", list(done.model_urls)},
                               {"event_urls", list(done.event_urls)}};
  }
  return out;
}

}  // namespace

DeleteRequest ReadDelete(api::Call& call) {
  return {.force = call.Flag("force"),
          .return_file_urls = call.Flag("return_file_urls"),
          .delete_output_models = call.Flag("delete_output_models", true),
          .clear_all = call.Flag("clear_all"),
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
  Cleanup done;
  if (request.return_file_urls) {
    CollectArtifactUrls(task, done);
    CollectEventUrls(context, id, done);
  }
  FURROW_ASSIGN(const bool removed, entities::RemoveFromQueues(t, id, actor.now));
  (void)removed;
  FURROW_TRY(CleanModels(context, t, actor, id, request, done));
  FURROW_TRY(CleanChildren(t, id, done));
  ForgetEvents(context, t, id);
  FURROW_TRY(t.Delete(entities::kTasks, id));
  json::Value answer = Answer(done, request);
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
  Cleanup done;
  if (request.return_file_urls) {
    CollectArtifactUrls(task, done);
    CollectEventUrls(context, id, done);
  }
  FURROW_ASSIGN(const bool dequeued, entities::RemoveFromQueues(t, id, actor.now));
  FURROW_TRY(CleanModels(context, t, actor, id, request, done));
  ForgetEvents(context, t, id);

  FURROW_ASSIGN(json::Value fields,
                entities::ChangeStatus(task, actor, {TaskStatus::kCreated, request.why.reason,
                                                     request.why.message, true}));
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
  std::erase_if(task["execution"]["artifacts"].array(), [](const json::Value& a) {
    return a.At("mode").AsString("output") == "output";
  });
  task["output"].object().Erase("error");
  if (request.clear_all) {
    const json::Value fresh = entities::NewTask(context.core, actor);
    for (const char* section : {"script", "execution", "hyperparams", "configuration", "container"}) {
      task[section] = fresh.At(section);
    }
  }
  FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
  json::Value answer = Answer(done, request);
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
