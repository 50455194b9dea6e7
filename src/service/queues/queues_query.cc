// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/find.h"
#include "entities/task_changes.h"
#include "entities/workers.h"
#include "service/queues/queue_document.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

Result<docs::DocPtr> QueueOf(const Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue");
  FURROW_TRY(call.Check());
  return FindQueue(context, id);
}

/// The live workers that listen to each queue.
Status AddWorkers(const Context& context, Micros now, json::Array& queues) {
  FURROW_ASSIGN(const auto workers, entities::LiveWorkers(context.core, now));
  for (json::Value& queue : queues) {
    json::Array listening;
    for (const json::Value& worker : workers) {
      const json::Array& ids = worker.At("queues").array();
      if (std::find(ids.begin(), ids.end(), queue.At("id")) == ids.end()) continue;
      json::Value one = json::Object{
          {"key", worker.At("key")}, {"name", worker.At("id")}, {"ip", worker.At("ip")}};
      if (json::Value task = entities::CurrentTask(context.core, worker, now); !task.IsNull()) {
        one["task"] = std::move(task);
      }
      listening.push_back(std::move(one));
    }
    queue["workers"] = std::move(listening);
  }
  return {};
}

Status List(Context& context, api::Call& call, bool extended) {
  const bool count_entries = call.Flag("count_task_entries");
  FURROW_ASSIGN(auto queues, context.lister.Page(call, QueueListing(extended)));
  if (count_entries) {
    for (json::Value& queue : queues) {
      FURROW_ASSIGN(const docs::DocPtr whole, FindQueue(context, queue.At("id").AsString()));
      queue["entries_count"] = whole->At("entries").array().size();
    }
  }
  if (extended) FURROW_TRY(AddWorkers(context, call.now, queues));
  call.response["queues"] = std::move(queues);
  return {};
}

}  // namespace

Result<docs::DocPtr> FindQueue(const Context& context, const std::string& id) {
  auto queue = context.core.docs.GetStored(entities::kQueues, id);
  // Clients send a name here first and look for this very error.
  if (!queue.ok() && queue.status().code() == Code::kNotFound) {
    return api::Fail(api::kInvalidQueueId, "id=" + id);
  }
  return queue;
}

Status GetAll(Context& context, api::Call& call) { return List(context, call, false); }

Status GetAllEx(Context& context, api::Call& call) { return List(context, call, true); }

Status GetById(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr stored, QueueOf(context, call));
  json::Value queue = *stored;
  QueueView(queue, call);
  call.response["queue"] = std::move(queue);
  return {};
}

Status GetNumEntries(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr queue, QueueOf(context, call));
  call.response["num"] = queue->At("entries").array().size();
  return {};
}

Status PeekTask(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr queue, QueueOf(context, call));
  const json::Array& entries = queue->At("entries").array();
  call.response["task"] = entries.empty() ? json::Value() : entries.front().At("task");
  return {};
}

Status GetDefault(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto page,
                context.core.docs.FindShared(entities::kQueues,
                                             entities::WhereEquals("system_tags", "default")));
  if (page.docs.empty()) return api::Fail(api::kNoDefaultQueue);
  call.response["id"] = page.docs.front()->At("id");
  call.response["name"] = page.docs.front()->At("name");
  return {};
}

Status GetByTaskId(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(
      const auto page,
      context.core.docs.FindShared(entities::kQueues, entities::WhereEquals("entries.task", task)));
  if (page.docs.empty()) return api::Fail(api::kTaskNotInQueue, "task=" + task);
  for (const char* f : {"id", "name", "display_name"}) {
    call.response[f] = page.docs.front()->At(f);
  }
  return {};
}

}  // namespace furrow::service::queues
