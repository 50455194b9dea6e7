// SPDX-License-Identifier: Apache-2.0
#include "domain/queue_order.h"
#include "entities/queue_entries.h"
#include "entities/task_changes.h"
#include "service/queues/queue_document.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

using domain::QueueMove;

Status NotThere(std::string_view task) {
  return api::Fail(api::kTaskNotInQueue, "task=" + std::string(task));
}

/// Changes entries of the call's queue in one transaction. Errors: 400/701.
Status ChangeEntries(Context& context, api::Call& call,
                     const std::function<Status(docs::Transaction&, const std::string&)>& change) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string queue = call.Text("queue");
  FURROW_TRY(call.Check());
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(entities::GetQueue(t, queue).status());
    return change(t, queue);
  });
}

Status Move(Context& context, api::Call& call, QueueMove move) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  const int64_t count = call.Int("count", 1);
  return ChangeEntries(
      context, call, [&](docs::Transaction& t, const std::string& queue) -> Status {
        FURROW_ASSIGN(const auto position,
                      entities::MoveEntry(t, context.core, queue, task, move, count, call.now));
        if (!position) return NotThere(task);
        call.response["position"] = *position;
        return {};
      });
}

Status SetExecutionQueue(docs::Transaction& t, json::Value task, std::string_view queue,
                         Micros now) {
  task["execution"]["queue"] = queue;
  return entities::PutTask(t, std::move(task), now);
}

}  // namespace

Status AddTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  const bool update_execution_queue = call.Flag("update_execution_queue", true);
  return ChangeEntries(
      context, call, [&](docs::Transaction& t, const std::string& queue) -> Status {
        FURROW_ASSIGN(json::Value doc, entities::GetTask(t, task));
        FURROW_ASSIGN(const bool waits, entities::IsWaiting(t, context.core, queue, task));
        FURROW_ASSIGN(const bool taken, entities::IsInOtherHands(t, context.core, queue, doc,
                                                                 entities::HolderOf(call)));
        if (waits || taken) return api::Fail(api::kTaskAlreadyQueued, "task=" + task);
        FURROW_TRY(entities::AppendEntry(t, context.core, queue, task, call.now));
        call.response["added"] = 1;
        if (!update_execution_queue) return {};
        return SetExecutionQueue(t, std::move(doc), queue, call.now);
      });
}

Status RemoveTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  const bool update_status = call.Flag("update_task_status");
  return ChangeEntries(
      context, call, [&](docs::Transaction& t, const std::string& queue) -> Status {
        FURROW_ASSIGN(const bool removed,
                      entities::RemoveEntry(t, context.core, queue, task, call.now));
        if (!removed) return NotThere(task);
        call.response["removed"] = 1;
        if (!update_status) return {};
        return RestoreTask(t, entities::ActorOf(call), task, "removed from its queue");
      });
}

Status ClearQueue(Context& context, api::Call& call) {
  return ChangeEntries(
      context, call, [&](docs::Transaction& t, const std::string& queue) -> Status {
        FURROW_TRY(context.core.queues->Load(t, context.core));
        std::vector<std::string> tasks;
        context.core.queues->With(queue, context.core.clock, [&](domain::QueueLine& line) {
          line.ForEachWaiting([&](domain::Place, const domain::QueueLine::Entry& entry) {
            tasks.push_back(entry.task);
            return true;
          });
        });
        json::Array removed;
        for (const std::string& id : tasks) {
          const auto task = entities::GetTask(t, id);
          if (task.ok()) removed.push_back(json::Object{{"id", id}, {"name", task->At("name")}});
        }
        FURROW_TRY(RestoreAll(t, context.core, entities::ActorOf(call), queue, tasks,
                              "its queue was cleared"));
        call.response["removed_tasks"] = std::move(removed);
        return entities::TouchQueue(t, queue, call.now);
      });
}

Status MoveTaskToFront(Context& context, api::Call& call) {
  return Move(context, call, QueueMove::kToFront);
}

Status MoveTaskToBack(Context& context, api::Call& call) {
  return Move(context, call, QueueMove::kToBack);
}

Status MoveTaskForward(Context& context, api::Call& call) {
  return Move(context, call, QueueMove::kForward);
}

Status MoveTaskBackward(Context& context, api::Call& call) {
  return Move(context, call, QueueMove::kBackward);
}

Status MoveTaskToQueue(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "target_queue"}));
  const std::string task = call.Text("task"), target = call.Text("target_queue");
  const bool update_execution_queue = call.Flag("update_execution_queue", true);
  return ChangeEntries(
      context, call, [&](docs::Transaction& t, const std::string& queue) -> Status {
        FURROW_ASSIGN(const bool waits, entities::IsWaiting(t, context.core, queue, task));
        if (!waits) return NotThere(task);
        if (target == queue) return api::Fail(api::kValidation, "the task is in that queue");
        FURROW_TRY(entities::GetQueue(t, target).status());
        FURROW_ASSIGN(const bool there, entities::IsWaiting(t, context.core, target, task));
        if (there) return api::Fail(api::kTaskAlreadyQueued, "task=" + task);
        FURROW_TRY(entities::RemoveEntry(t, context.core, queue, task, call.now).status());
        FURROW_TRY(entities::AppendEntry(t, context.core, target, task, call.now));
        call.response["moved"] = 1;
        if (!update_execution_queue) return {};
        FURROW_ASSIGN(json::Value doc, entities::GetTask(t, task));
        return SetExecutionQueue(t, std::move(doc), target, call.now);
      });
}

}  // namespace furrow::service::queues
