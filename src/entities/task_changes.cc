// SPDX-License-Identifier: Apache-2.0
#include "entities/task_changes.h"

#include "api/error.h"
#include "base/id.h"
#include "entities/find.h"
#include "entities/project_tree.h"
#include "entities/tags.h"

namespace furrow::entities {

using domain::TaskStatus;

Result<json::Value> GetTask(docs::Transaction& t, std::string_view id) {
  auto task = t.Get(kTasks, id);
  if (!task.ok() && task.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidTaskId, "id=" + std::string(id));
  }
  return task;
}

TaskStatus StatusOf(const json::Value& task) {
  return domain::ParseStatus(task.At("status").AsString()).value_or(TaskStatus::kUnknown);
}

void MarkChanged(json::Value& task, const Actor& actor) {
  const std::string time = FormatTime(actor.now);
  task["last_update"] = time;
  task["last_change"] = time;
  task["last_changed_by"] = actor.user;
}

Result<json::Value> ChangeStatus(json::Value& task, const Actor& actor,
                                 const StatusChange& change) {
  const TaskStatus from = StatusOf(task);
  if (!change.force && !domain::MayFollow(from, change.to)) {
    return api::Fail(api::kInvalidTaskStatus,
                     "current_status=" + std::string(StatusName(from)) +
                         ", new_status=" + std::string(StatusName(change.to)));
  }
  MarkChanged(task, actor);
  task["status"] = StatusName(change.to);
  task["status_reason"] = change.reason;
  task["status_message"] = change.message;
  task["status_changed"] = FormatTime(actor.now);
  task.object().Erase("unreachable");
  json::Value fields = json::Object{};
  for (const char* f : {"status", "status_reason", "status_message", "status_changed",
                        "last_update", "last_change", "last_changed_by"}) {
    fields[f] = task.At(f);
  }
  return fields;
}

Status PutTask(docs::Transaction& t, json::Value task, Micros now) {
  FURROW_TRY(TouchProject(t, task.At("project").AsString(), now));
  const std::string id = task.At("id").AsString();
  return t.Put(kTasks, id, std::move(task));
}

Result<json::Value> GetQueue(docs::Transaction& t, std::string_view id) {
  auto queue = t.Get(kQueues, id);
  if (!queue.ok() && queue.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidQueueId, "id=" + std::string(id));
  }
  return queue;
}

Result<std::optional<json::Value>> FindQueue(docs::Transaction& t, std::string_view name) {
  FURROW_ASSIGN(auto ids, t.Find(kQueues, WhereEquals("name", name)));
  if (ids.empty()) return std::optional<json::Value>();
  FURROW_ASSIGN(json::Value queue, t.Get(kQueues, ids.front()));
  return std::optional<json::Value>(std::move(queue));
}

Result<json::Value> CreateQueue(docs::Transaction& t, const Core& core, const Actor& actor,
                                std::string_view name, const json::Value& fields) {
  if (name.size() < 3)
    return api::Fail(api::kValidation, "a queue name has three characters or more");
  FURROW_TRY(CheckUserTags(fields.At("tags")));
  FURROW_ASSIGN(auto existing, FindQueue(t, name));
  if (existing)
    return api::Fail(api::kNotUnique, "a queue named '" + std::string(name) + "' exists");
  const std::string time = FormatTime(actor.now);
  json::Value queue = json::Object{
      {"id", NewId()},
      {"name", name},
      {"display_name", fields.At("display_name")},
      {"user", actor.user},
      {"company", core.company_id},
      {"created", time},
      {"last_update", time},
      {"tags", NormaliseTags(fields.At("tags"))},
      {"system_tags", NormaliseTags(fields.At("system_tags"))},
      {"metadata",
       fields.At("metadata").IsNull() ? json::Value(json::Object{}) : fields.At("metadata")},
  };
  FURROW_TRY(t.Put(kQueues, queue.At("id").AsString(), queue));
  return queue;
}

Result<json::Value> DefaultQueue(docs::Transaction& t) {
  FURROW_ASSIGN(auto ids, t.Find(kQueues, WhereEquals("system_tags", "default")));
  if (ids.empty()) return api::Fail(api::kNoDefaultQueue);
  return t.Get(kQueues, ids.front());
}

Result<json::Value> EnqueueTask(docs::Transaction& t, const Core& core, const Actor& actor,
                                json::Value task, const Enqueue& how) {
  const std::string task_id = task.At("id").AsString();
  json::Value queue;
  if (!how.queue_id.empty()) {
    FURROW_ASSIGN(queue, GetQueue(t, how.queue_id));
  } else if (!how.queue_name.empty()) {
    FURROW_ASSIGN(auto found, FindQueue(t, how.queue_name));
    if (found) {
      queue = std::move(*found);
    } else {
      FURROW_ASSIGN(queue, CreateQueue(t, core, actor, how.queue_name, {}));
    }
  } else {
    FURROW_ASSIGN(queue, DefaultQueue(t));
  }

  const TaskStatus from = StatusOf(task);
  const std::string queue_id = queue.At("id").AsString();
  FURROW_ASSIGN(const bool waits, IsWaiting(t, core, queue_id, task_id));
  FURROW_ASSIGN(const bool taken, IsInOtherHands(t, core, queue_id, task, how.holder));
  if (waits || taken) return api::Fail(api::kTaskAlreadyQueued, "task=" + task_id);
  const json::Value before = task.At("status");
  FURROW_ASSIGN(json::Value fields, ChangeStatus(task, actor,
                                                 {.to = TaskStatus::kQueued,
                                                  .reason = how.reason,
                                                  .message = how.message,
                                                  .force = how.force}));
  if (from != TaskStatus::kQueued) task["enqueue_status"] = before;
  RemoveTag(task["system_tags"], "development");
  if (how.update_execution_queue) {
    task["execution"]["queue"] = queue.At("id");
    fields["execution.queue"] = queue.At("id");
  }
  FURROW_ASSIGN(const bool moved, RemoveFromQueues(t, core, task_id, actor.now));
  (void)moved;
  FURROW_TRY(AppendEntry(t, core, queue_id, task_id, actor.now));
  FURROW_TRY(PutTask(t, std::move(task), actor.now));
  return fields;
}

Result<json::Value> DequeueTask(docs::Transaction& t, const Core& core, const Actor& actor,
                                json::Value task, std::string_view new_status,
                                std::string_view reason, std::string_view message) {
  const std::string id = task.At("id").AsString();
  FURROW_ASSIGN(const bool removed, RemoveFromQueues(t, core, id, actor.now));
  (void)removed;
  std::string target(new_status);
  if (target.empty()) target = task.At("enqueue_status").AsString();
  const auto to = domain::ParseStatus(target.empty() ? "created" : target);
  if (!to) return api::Fail(api::kFieldsValue, "new_status=" + target);
  FURROW_ASSIGN(json::Value fields, ChangeStatus(task, actor,
                                                 {.to = *to,
                                                  .reason = std::string(reason),
                                                  .message = std::string(message),
                                                  .force = true}));
  task.object().Erase("enqueue_status");
  FURROW_TRY(PutTask(t, std::move(task), actor.now));
  return fields;
}

Result<bool> IsQueueWatched(const Core& core, std::string_view queue_id, Micros now) {
  bool watched = false;
  FURROW_TRY(core.docs.ForEach(kWorkers, [&](std::string_view, const json::Value& worker) {
    const Micros seen = ParseTime(worker.At("last_activity_time").AsString()).value_or(0);
    if (seen + worker.At("register_timeout").AsInt(600) * 1'000'000 < now) return true;
    for (const json::Value& q : worker.At("queues").array()) {
      watched = watched || q.AsString() == queue_id;
    }
    return !watched;
  }));
  return watched;
}

}  // namespace furrow::entities
