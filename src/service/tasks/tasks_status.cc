// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/tags.h"
#include "entities/task_changes.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {
namespace {

using domain::TaskStatus;
using entities::Actor;

// A run whose reporter has been silent this long has nobody to stop it but us.
constexpr Micros kSilentMicros = 600'000'000;

json::Value Updated(json::Value fields) {
  return json::Object{{"updated", 1}, {"fields", std::move(fields)}};
}

Micros LastSeen(const Context& context, const json::Value& task) {
  Micros seen = ParseTime(task.At("last_update").AsString()).value_or(0);
  if (const auto stats = context.core.events.Stats(task.At("id").AsString())) {
    seen = std::max(seen, stats->last_event);
  }
  return seen;
}

// The common shape: read the task, change its status, set what goes with it, store it.
Status Change(Context& context, api::Call& call, TaskStatus to,
              const std::function<void(json::Value& task, json::Value& answer)>& also) {
  const Reason why = ReadReason(call);
  return RunOne(
      context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        json::Value before = task;
        FURROW_ASSIGN(
            json::Value fields,
            entities::ChangeStatus(task, ActorOf(call), {to, why.reason, why.message, why.force}));
        json::Value answer = Updated(std::move(fields));
        // `also` sees the status that was: a run started twice keeps its first start.
        task["status"] = before.At("status");
        also(task, answer);
        task["status"] = domain::StatusName(to);
        if (entities::StatusOf(before) == TaskStatus::kQueued && to != TaskStatus::kQueued) {
          FURROW_ASSIGN(const bool removed,
                        entities::RemoveFromQueues(t, context.core, id, call.now));
          (void)removed;
        } else {
          FURROW_TRY(entities::EndLeases(t, context.core, id));
        }
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
        return answer;
      });
}

void SetTime(json::Value& task, json::Value& answer, std::string_view field, Micros time) {
  task[field] = FormatTime(time);
  answer["fields"][field] = task.At(field);
}

}  // namespace

Reason ReadReason(api::Call& call) {
  return {call.Text("status_reason"), call.Text("status_message"), call.Flag("force")};
}

Status RunOne(Context& context, api::Call& call, const TaskOp& op) {
  FURROW_TRY(call.Require({"task"}));
  const std::string id = call.Text("task");
  FURROW_TRY(call.Check());
  json::Value answer;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(answer, op(t, id));
    return {};
  }));
  call.response = std::move(answer.object());
  return {};
}

Status Started(Context& context, api::Call& call) {
  return Change(context, call, TaskStatus::kInProgress,
                [&](json::Value& task, json::Value& answer) {
                  answer["started"] = 1;
                  const bool running = task.At("status").AsString() == "in_progress";
                  if (running && task.At("started").IsString()) {
                    if (FormatTime(call.now) < task.At("started").AsString())
                      SetTime(task, answer, "started", call.now);
                  } else {
                    SetTime(task, answer, "started", call.now);
                    task.object().Erase("completed");
                    task.object().Erase("active_duration");
                  }
                });
}

Status Stopped(Context& context, api::Call& call) {
  return Change(context, call, TaskStatus::kStopped, [&](json::Value& task, json::Value& answer) {
    SetTime(task, answer, "completed", call.now);
  });
}

Status Failed(Context& context, api::Call& call) {
  return Change(context, call, TaskStatus::kFailed, [&](json::Value& task, json::Value& answer) {
    SetTime(task, answer, "completed", call.now);
  });
}

Status Close(Context& context, api::Call& call) {
  return Change(context, call, TaskStatus::kClosed, [](json::Value&, json::Value&) {});
}

Status Completed(Context& context, api::Call& call) {
  const bool publish = call.Flag("publish");
  FURROW_TRY(
      Change(context, call, TaskStatus::kCompleted, [&](json::Value& task, json::Value& answer) {
        SetTime(task, answer, "completed", call.now);
      }));
  call.response["published"] = 0;
  if (!publish) return {};
  json::Object answer = std::move(call.response);
  FURROW_TRY(RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return PublishTask(t, ActorOf(call), id, {"published after completion", "", true}, true);
  }));
  answer["published"] = 1;
  answer["fields"] = call.response["fields"];
  call.response = std::move(answer);
  return {};
}

Result<json::Value> StopTask(Context& context, docs::Transaction& t, const Actor& actor,
                             std::string_view id, const Reason& why) {
  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
  const TaskStatus from = entities::StatusOf(task);
  const bool nobody_to_stop_it = from == TaskStatus::kQueued ||
                                 entities::HasTag(task.At("system_tags"), "development") ||
                                 LastSeen(context, task) + kSilentMicros < actor.now;
  if (from == TaskStatus::kInProgress && !nobody_to_stop_it) {
    // The worker reads this message at its next poll and stops the run itself.
    FURROW_ASSIGN(json::Value fields,
                  entities::ChangeStatus(task, actor, {from, why.reason, "stopping", why.force}));
    FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
    return Updated(std::move(fields));
  }
  FURROW_ASSIGN(json::Value fields,
                entities::ChangeStatus(task, actor,
                                       {TaskStatus::kStopped, why.reason, why.message, why.force}));
  if (from == TaskStatus::kQueued) {
    FURROW_ASSIGN(const bool removed, entities::RemoveFromQueues(t, context.core, id, actor.now));
    (void)removed;
  }
  json::Value answer = Updated(std::move(fields));
  SetTime(task, answer, "completed", actor.now);
  FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
  return answer;
}

Status Stop(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return StopTask(context, t, ActorOf(call), id, why);
  });
}

Result<json::Value> PublishTask(docs::Transaction& t, const Actor& actor, std::string_view id,
                                const Reason& why, bool publish_model) {
  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
  if (entities::StatusOf(task) == TaskStatus::kCreated && !why.force) {
    return api::Fail(api::kInvalidTaskStatus, "a task that never ran cannot be published");
  }
  FURROW_ASSIGN(json::Value fields,
                entities::ChangeStatus(
                    task, actor, {TaskStatus::kPublished, why.reason, why.message, why.force}));
  json::Value answer = Updated(std::move(fields));
  SetTime(task, answer, "published", actor.now);
  const json::Value* outputs = task.FindPath("models.output");
  if (publish_model && outputs && !outputs->array().empty()) {
    const std::string model_id = outputs->array().back().At("model").AsString();
    if (t.Exists(entities::kModels, model_id)) {
      FURROW_ASSIGN(json::Value model, t.Get(entities::kModels, model_id));
      model["ready"] = true;
      model["last_update"] = FormatTime(actor.now);
      FURROW_TRY(t.Put(entities::kModels, model_id, std::move(model)));
    }
  }
  FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
  return answer;
}

Status Publish(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  const bool publish_model = call.Flag("publish_model", true);
  return RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return PublishTask(t, ActorOf(call), id, why, publish_model);
  });
}

Result<json::Value> EnqueueOne(Context& context, docs::Transaction& t, const Actor& actor,
                               std::string_view id, const StatusRequest& request) {
  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
  FURROW_ASSIGN(json::Value fields,
                entities::EnqueueTask(t, context.core, actor, std::move(task),
                                      {.queue_id = request.queue_id,
                                       .queue_name = request.queue_name,
                                       .reason = request.why.reason,
                                       .message = request.why.message,
                                       .update_execution_queue = request.update_execution_queue,
                                       .force = request.why.force,
                                       .holder = request.holder}));
  return json::Value(json::Object{{"queued", 1}, {"updated", 1}, {"fields", std::move(fields)}});
}

Status Enqueue(Context& context, api::Call& call) {
  const StatusRequest request{.why = ReadReason(call),
                              .queue_id = call.Text("queue"),
                              .queue_name = call.Text("queue_name"),
                              .update_execution_queue = call.Flag("update_execution_queue", true),
                              .holder = entities::HolderOf(call)};
  FURROW_TRY(RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return EnqueueOne(context, t, ActorOf(call), id, request);
  }));
  if (call.Flag("verify_watched_queue")) {
    FURROW_ASSIGN(
        const bool watched,
        entities::IsQueueWatched(
            context.core, call.response["fields"].At("execution.queue").AsString(), call.now));
    call.response["queue_watched"] = watched;
  }
  return {};
}

Result<json::Value> DequeueOne(Context& context, docs::Transaction& t, const Actor& actor,
                               std::string_view id, const StatusRequest& request) {
  auto found = entities::GetTask(t, id);
  if (!found.ok()) {
    FURROW_ASSIGN(const bool removed, entities::RemoveFromQueues(t, context.core, id, actor.now));
    return json::Value(
        json::Object{{"updated", 0}, {"dequeued", removed ? 1 : 0}, {"fields", json::Object{}}});
  }
  json::Value task = std::move(found).value();
  const TaskStatus from = entities::StatusOf(task);
  if (from != TaskStatus::kQueued && request.new_status.empty()) {
    return api::Fail(api::kInvalidTaskStatus,
                     "the task is not queued, status=" + std::string(domain::StatusName(from)));
  }
  FURROW_ASSIGN(json::Value fields,
                entities::DequeueTask(t, context.core, actor, std::move(task), request.new_status,
                                      request.why.reason, request.why.message));
  return json::Value(json::Object{{"dequeued", 1}, {"updated", 1}, {"fields", std::move(fields)}});
}

Status Dequeue(Context& context, api::Call& call) {
  const StatusRequest request{.why = ReadReason(call), .new_status = call.Text("new_status")};
  return RunOne(context, call, [&](docs::Transaction& t, std::string_view id) {
    return DequeueOne(context, t, ActorOf(call), id, request);
  });
}

Status Ping(Context& context, api::Call& call) {
  FURROW_TRY(
      RunOne(context, call, [&](docs::Transaction& t, std::string_view id) -> Result<json::Value> {
        FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
        const std::string now = FormatTime(call.now);
        task["last_update"] = now;  // also when the wall clock was set back: it is a sign of life
        task.object().Erase("unreachable");
        if (const auto started = ParseTime(task.At("started").AsString());
            started && task.At("status").AsString() == "in_progress") {
          task["active_duration"] = std::max<int64_t>(0, (call.now - *started) / 1'000'000);
        }
        FURROW_TRY(t.Put(entities::kTasks, id, std::move(task)));
        return json::Value(json::Object{});
      }));
  return {};
}

Result<json::Value> ArchiveTask(Context& context, docs::Transaction& t, const Actor& actor,
                                std::string_view id, const Reason& why, bool archive) {
  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
  if (archive && entities::StatusOf(task) == TaskStatus::kQueued) {
    FURROW_ASSIGN(json::Value fields,
                  entities::DequeueTask(t, context.core, actor, task, "", why.reason, why.message));
    FURROW_ASSIGN(task, entities::GetTask(t, id));
  }
  json::Value& tags = task["system_tags"];
  const bool changed =
      archive ? entities::AddTag(tags, "archived") : entities::RemoveTag(tags, "archived");
  task["status_message"] = why.message;
  task["status_reason"] = why.reason;
  entities::MarkChanged(task, actor);
  FURROW_TRY(entities::PutTask(t, std::move(task), actor.now));
  return json::Value(json::Object{{archive ? "archived" : "unarchived", changed}});
}

Status Archive(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"tasks"}));
  const auto ids = call.Texts("tasks");
  const Reason why = ReadReason(call);
  FURROW_TRY(call.Check());
  int64_t archived = 0;
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    for (const std::string& id : ids) {
      FURROW_ASSIGN(const json::Value one, ArchiveTask(context, t, ActorOf(call), id, why, true));
      archived += one.At("archived").AsBool() ? 1 : 0;
    }
    return {};
  }));
  call.response["archived"] = archived;
  return {};
}

}  // namespace furrow::service::tasks
