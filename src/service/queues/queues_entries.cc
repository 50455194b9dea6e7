// SPDX-License-Identifier: Apache-2.0
#include "domain/queue_order.h"
#include "entities/task_changes.h"
#include "service/queues/queue_document.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

using domain::QueueMove;

json::Value Entry(std::string_view task, Micros now) {
  return json::Object{{"task", task}, {"added", FormatTime(now)}};
}

Status Move(Context& context, api::Call& call, QueueMove move) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  const int64_t count = call.Int("count", 1);
  return ChangeQueue(context, call, [&](docs::Transaction&, json::Value& queue) -> Status {
    const auto from = entities::EntryIndex(queue, task);
    if (!from) return api::Fail(api::kTaskNotInQueue, "task=" + task);
    json::Array& entries = queue["entries"].array();
    const size_t to = domain::PlaceAfterMove(move, *from, entries.size(), count);
    domain::MoveElement(entries, *from, to);
    call.response["position"] = to;
    return {};
  });
}

}  // namespace

Status AddTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  const bool update_execution_queue = call.Flag("update_execution_queue", true);
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    FURROW_ASSIGN(json::Value doc, entities::GetTask(t, task));
    if (entities::EntryIndex(queue, task))
      return api::Fail(api::kTaskAlreadyQueued, "task=" + task);
    FURROW_TRY(DropLeases(t, queue, task));
    queue["entries"].array().push_back(Entry(task, call.now));
    if (update_execution_queue) {
      doc["execution"]["queue"] = queue.At("id");
      FURROW_TRY(entities::PutTask(t, std::move(doc), call.now));
    }
    call.response["added"] = 1;
    return {};
  });
}

Status RemoveTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  const bool update_status = call.Flag("update_task_status");
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    const auto index = entities::EntryIndex(queue, task);
    if (!index) return api::Fail(api::kTaskNotInQueue, "task=" + task);
    auto& entries = queue["entries"].array();
    entries.erase(entries.begin() + static_cast<ptrdiff_t>(*index));
    call.response["removed"] = 1;
    if (!update_status) return {};
    return RestoreTask(t, entities::ActorOf(call), task, "removed from its queue");
  });
}

Status ClearQueue(Context& context, api::Call& call) {
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    json::Array removed;
    for (const json::Value& entry : queue.At("entries").array()) {
      const std::string id = entry.At("task").AsString();
      const auto task = entities::GetTask(t, id);
      if (!task.ok()) continue;
      removed.push_back(json::Object{{"id", id}, {"name", task->At("name")}});
      FURROW_TRY(RestoreTask(t, entities::ActorOf(call), id, "its queue was cleared"));
    }
    queue["entries"] = json::Array{};
    call.response["removed_tasks"] = std::move(removed);
    return {};
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
  const std::string task = call.Text("task"), target_id = call.Text("target_queue");
  const bool update_execution_queue = call.Flag("update_execution_queue", true);
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    const auto index = entities::EntryIndex(queue, task);
    if (!index) return api::Fail(api::kTaskNotInQueue, "task=" + task);
    if (target_id == queue.At("id").AsString())
      return api::Fail(api::kValidation, "the task is in that queue");
    FURROW_ASSIGN(json::Value target, entities::GetQueue(t, target_id));
    auto& entries = queue["entries"].array();
    entries.erase(entries.begin() + static_cast<ptrdiff_t>(*index));
    target["entries"].array().push_back(Entry(task, call.now));
    target["last_update"] = FormatTime(call.now);
    FURROW_TRY(t.Put(entities::kQueues, target_id, std::move(target)));
    if (update_execution_queue) {
      FURROW_ASSIGN(json::Value doc, entities::GetTask(t, task));
      doc["execution"]["queue"] = target_id;
      FURROW_TRY(entities::PutTask(t, std::move(doc), call.now));
    }
    call.response["moved"] = 1;
    return {};
  });
}

}  // namespace furrow::service::queues
