// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/task_changes.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

using domain::TaskStatus;

json::Value Entry(std::string_view task, Micros now) {
  return json::Object{{"task", task}, {"added", FormatTime(now)}};
}

// Moves the call's task within its queue to the index `where` picks from (index, size); answers
// the new position.
Status Move(Context& context, api::Call& call,
            const std::function<int64_t(int64_t index, int64_t size)>& where) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  return ChangeQueue(context, call, [&](docs::Transaction&, json::Value& queue) -> Status {
    const auto index = entities::EntryIndex(queue, task);
    if (!index) return api::Fail(api::kTaskNotInQueue, "task=" + task);
    auto& entries = queue["entries"].array();
    const auto size = static_cast<int64_t>(entries.size());
    const int64_t target = std::clamp<int64_t>(where(static_cast<int64_t>(*index), size), 0, size - 1);
    json::Value moved = std::move(entries[*index]);
    entries.erase(entries.begin() + static_cast<ptrdiff_t>(*index));
    entries.insert(entries.begin() + target, std::move(moved));
    call.response["position"] = target;
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
    if (entities::EntryIndex(queue, task)) return api::Fail(api::kTaskAlreadyQueued, "task=" + task);
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
    auto doc = entities::GetTask(t, task);
    if (!doc.ok() || entities::StatusOf(*doc) != TaskStatus::kQueued) return {};
    const auto before = domain::ParseStatus(doc->At("enqueue_status").AsString());
    FURROW_ASSIGN(const json::Value fields,
                  entities::ChangeStatus(*doc, entities::ActorOf(call),
                                         {before.value_or(TaskStatus::kCreated), "", "", true}));
    doc->object().Erase("enqueue_status");
    return entities::PutTask(t, std::move(*doc), call.now);
  });
}

Status GetNextTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue"), wanted = call.Text("task");
  const bool task_info = call.Flag("get_task_info");
  FURROW_TRY(call.Check());
  // Most polls find nothing: they are answered without a transaction.
  const auto seen = context.core.docs.GetStored(entities::kQueues, id);
  if (seen.ok() && (*seen)->At("entries").array().empty()) return {};
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value queue, entities::GetQueue(t, id));
    auto& entries = queue["entries"].array();
    // Entries whose task was deleted behind the queue's back are dropped on the way.
    while (!entries.empty() && !t.Exists(entities::kTasks, entries.front().At("task").AsString())) {
      entries.erase(entries.begin());
    }
    if (!entries.empty() && (wanted.empty() || entries.front().At("task").AsString() == wanted)) {
      json::Value entry = std::move(entries.front());
      entries.erase(entries.begin());
      FURROW_ASSIGN(json::Value task, entities::GetTask(t, entry.At("task").AsString()));
      if (task_info) {
        call.response["task_info"] = json::Object{{"company", task.At("company")}, {"user", task.At("user")}};
      }
      if (entities::StatusOf(task) == TaskStatus::kStopped) {
        FURROW_ASSIGN(const json::Value fields,
                      entities::ChangeStatus(task, entities::ActorOf(call),
                                             {TaskStatus::kQueued, "", "", true}));
        FURROW_TRY(entities::PutTask(t, std::move(task), call.now));
      }
      call.response["entry"] = std::move(entry);
    }
    queue["last_update"] = FormatTime(call.now);
    return t.Put(entities::kQueues, id, std::move(queue));
  });
}

Status PeekTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value queue, entities::GetQueue(t, call.Text("queue")));
    const json::Array& entries = queue.At("entries").array();
    call.response["task"] = entries.empty() ? json::Value() : entries.front().At("task");
    return {};
  });
}

Status GetNumEntries(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value queue, entities::GetQueue(t, call.Text("queue")));
    call.response["num"] = queue.At("entries").array().size();
    return {};
  });
}

Status ClearQueue(Context& context, api::Call& call) {
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    json::Array removed;
    for (const json::Value& entry : queue.At("entries").array()) {
      const std::string id = entry.At("task").AsString();
      auto task = entities::GetTask(t, id);
      if (!task.ok() || entities::StatusOf(*task) != TaskStatus::kQueued) continue;
      const auto before = domain::ParseStatus(task->At("enqueue_status").AsString());
      FURROW_ASSIGN(const json::Value fields,
                    entities::ChangeStatus(*task, entities::ActorOf(call),
                                           {before.value_or(TaskStatus::kCreated), "queue cleared", "", true}));
      task->object().Erase("enqueue_status");
      removed.push_back(json::Object{{"id", id}, {"name", task->At("name")}});
      FURROW_TRY(entities::PutTask(t, std::move(*task), call.now));
    }
    queue["entries"] = json::Array{};
    call.response["removed_tasks"] = std::move(removed);
    return {};
  });
}

Status MoveTaskToFront(Context& context, api::Call& call) {
  return Move(context, call, [](int64_t, int64_t) { return 0; });
}

Status MoveTaskToBack(Context& context, api::Call& call) {
  return Move(context, call, [](int64_t, int64_t size) { return size - 1; });
}

Status MoveTaskForward(Context& context, api::Call& call) {
  const int64_t count = call.Int("count", 1);
  return Move(context, call, [count](int64_t index, int64_t) { return index - count; });
}

Status MoveTaskBackward(Context& context, api::Call& call) {
  const int64_t count = call.Int("count", 1);
  return Move(context, call, [count](int64_t index, int64_t) { return index + count; });
}

Status MoveTaskToQueue(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "target_queue"}));
  const std::string task = call.Text("task"), target_id = call.Text("target_queue");
  const bool update_execution_queue = call.Flag("update_execution_queue", true);
  return ChangeQueue(context, call, [&](docs::Transaction& t, json::Value& queue) -> Status {
    const auto index = entities::EntryIndex(queue, task);
    if (!index) return api::Fail(api::kTaskNotInQueue, "task=" + task);
    if (target_id == queue.At("id").AsString()) return api::Fail(api::kValidation, "the task is in that queue");
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
