// SPDX-License-Identifier: Apache-2.0
#include "entities/find.h"
#include "entities/task_changes.h"
#include "query/entities.h"
#include "query/escape.h"
#include "service/queues/queues_ops.h"

namespace furrow::service::queues {
namespace {

void QueueView(json::Value& queue, const api::Call& call) {
  if (json::Value* metadata = queue.Find("metadata")) *metadata = query::UnescapeKeys(*metadata);
  const json::Value& limit = call.Field("max_task_entries");
  json::Value* entries = queue.Find("entries");
  if (entries && limit.IsInt() && limit.AsInt() >= 0 &&
      entries->array().size() > static_cast<size_t>(limit.AsInt())) {
    entries->array().resize(static_cast<size_t>(limit.AsInt()));
  }
}

entities::Listing QueueListing(bool extended) {
  return {.collection = entities::kQueues,
          .schema = &query::kQueueSchema,
          .answer_field = "queues",
          .extended = extended,
          .view = QueueView};
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  return context.lister.List(call, QueueListing(false));
}

Status GetAllEx(Context& context, api::Call& call) {
  return context.lister.List(call, QueueListing(true));
}

Status GetById(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue");
  auto queue = context.core.docs.Get(entities::kQueues, id);
  // Clients send a name here first and look for this very error.
  if (!queue.ok()) {
    return queue.status().code() == Code::kNotFound ? api::Fail(api::kInvalidQueueId, "id=" + id)
                                                    : queue.status();
  }
  QueueView(*queue, call);
  call.response["queue"] = std::move(queue).value();
  return {};
}

Status GetDefault(Context& context, api::Call& call) {
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value queue, entities::DefaultQueue(t));
    call.response["id"] = queue.At("id");
    call.response["name"] = queue.At("name");
    return {};
  });
}

Status GetByTaskId(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string task = call.Text("task");
  bool found = false;
  FURROW_TRY(context.core.docs.ForEach(entities::kQueues, [&](std::string_view, const json::Value& queue) {
    if (!entities::EntryIndex(queue, task)) return true;
    for (const char* f : {"id", "name", "display_name"}) call.response[f] = queue.At(f);
    found = true;
    return false;
  }));
  return found ? Status() : api::Fail(api::kTaskNotInQueue, "task=" + task);
}

}  // namespace furrow::service::queues
