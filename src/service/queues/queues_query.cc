// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/find.h"
#include "entities/queue_entries.h"
#include "entities/task_changes.h"
#include "entities/workers.h"
#include "service/queues/queue_document.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

constexpr char kEntriesTask[] = "entries.task";

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

/// The filter on what stands in queues: their documents do not say.
Status LimitToTasks(const Context& context, api::Call& call, entities::Listing& listing) {
  if (!call.Has(kEntriesTask)) return {};
  const auto tasks = call.Texts(kEntriesTask);
  FURROW_TRY(call.Check());
  std::vector<std::string> ids;
  for (const std::string& task : tasks) {
    if (task.starts_with('-') || task.starts_with("__$")) {
      return api::Fail(api::kFieldsValue, "entries.task is a list of tasks");
    }
    FURROW_ASSIGN(auto found, entities::QueuesWith(context.core, task));
    ids.insert(ids.end(), found.begin(), found.end());
  }
  call.request.object().Erase(kEntriesTask);
  if (!tasks.empty()) listing.also = entities::AnyOf("id", ids);
  return {};
}

/// Entries where the call asks for them. Agents ask for a queue's name and tags every few seconds:
/// they do not pay for its length.
Status AddEntries(Context& context, const api::Call& call, const entities::Listing& listing,
                  json::Array& queues) {
  const json::Value probe =
      json::Object{{"id", ""}, {"entries", json::Array{json::Object{{"task", ""}, {"added", ""}}}}};
  FURROW_ASSIGN(const json::Value asked, context.lister.Shape(call, listing, probe));
  if (!asked.Find("entries")) return {};
  for (json::Value& queue : queues) {
    const std::string& id = queue.At("id").AsString();
    FURROW_ASSIGN(json::Array entries, ShownEntries(context.core, id, call));
    FURROW_ASSIGN(json::Value shaped,
                  context.lister.Shape(call, listing,
                                       json::Object{{"id", id}, {"entries", std::move(entries)}}));
    queue["entries"] = std::move(shaped["entries"]);
  }
  return {};
}

Status List(Context& context, api::Call& call, bool extended) {
  const bool count_entries = call.Flag("count_task_entries");
  entities::Listing listing = QueueListing(extended);
  FURROW_TRY(LimitToTasks(context, call, listing));
  FURROW_ASSIGN(auto queues, context.lister.Page(call, listing));
  FURROW_TRY(AddEntries(context, call, listing, queues));
  if (count_entries) {
    for (json::Value& queue : queues) {
      FURROW_ASSIGN(const size_t count,
                    entities::CountWaiting(context.core, queue.At("id").AsString()));
      queue["entries_count"] = count;
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
  FURROW_ASSIGN(queue["entries"], ShownEntries(context.core, stored->At("id").AsString(), call));
  call.response["queue"] = std::move(queue);
  return {};
}

Status GetNumEntries(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr queue, QueueOf(context, call));
  FURROW_ASSIGN(const size_t count,
                entities::CountWaiting(context.core, queue->At("id").AsString()));
  call.response["num"] = count;
  return {};
}

Status PeekTask(Context& context, api::Call& call) {
  FURROW_ASSIGN(const docs::DocPtr queue, QueueOf(context, call));
  FURROW_ASSIGN(const auto first,
                entities::WaitingTasks(context.core, queue->At("id").AsString(), 1));
  call.response["task"] = first.empty() ? json::Value() : json::Value(first.front().task);
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
  FURROW_ASSIGN(const auto ids, entities::QueuesWith(context.core, task));
  if (ids.empty()) return api::Fail(api::kTaskNotInQueue, "task=" + task);
  FURROW_ASSIGN(const docs::DocPtr queue, FindQueue(context, ids.front()));
  for (const char* f : {"id", "name", "display_name"}) call.response[f] = queue->At(f);
  return {};
}

}  // namespace furrow::service::queues
