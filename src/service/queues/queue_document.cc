// SPDX-License-Identifier: Apache-2.0
#include "service/queues/queue_document.h"

#include <algorithm>

#include "entities/task_changes.h"
#include "query/entities.h"
#include "query/escape.h"

namespace furrow::service::queues {

void QueueView(json::Value& queue, const api::Call& call) {
  queue.object().Erase("leases");
  if (json::Value* metadata = queue.Find("metadata")) *metadata = query::UnescapeKeys(*metadata);
  const json::Value& most = call.Field("max_task_entries");
  json::Value* entries = queue.Find("entries");
  if (entries && most.IsInt() && most.AsInt() >= 0 &&
      entries->array().size() > static_cast<size_t>(most.AsInt())) {
    entries->array().resize(static_cast<size_t>(most.AsInt()));
  }
}

entities::Listing QueueListing(bool extended) {
  return {.collection = entities::kQueues,
          .schema = &query::kQueueSchema,
          .answer_field = "queues",
          .extended = extended,
          .view = QueueView};
}

Status PutQueue(docs::Transaction& t, json::Value queue, Micros now) {
  queue["last_update"] = FormatTime(now);
  const std::string id = queue.At("id").AsString();
  return t.Put(entities::kQueues, id, std::move(queue));
}

Status DropLeases(docs::Transaction& t, json::Value& queue, std::string_view task) {
  const auto drop = [task](json::Value& from) {
    json::Value* leases = from.Find("leases");
    return leases && std::erase_if(leases->array(), [&](const json::Value& lease) {
                       return lease.At("task").AsString() == task;
                     }) > 0;
  };
  drop(queue);
  FURROW_ASSIGN(const auto ids, t.Find(entities::kQueues, docs::Plan{}));
  for (const std::string& id : ids) {
    if (id == queue.At("id").AsString()) continue;
    FURROW_ASSIGN(json::Value other, t.Get(entities::kQueues, id));
    if (drop(other)) FURROW_TRY(t.Put(entities::kQueues, id, std::move(other)));
  }
  return {};
}

Status RestoreTask(docs::Transaction& t, const entities::Actor& actor, std::string_view id,
                   std::string_view reason) {
  if (!t.Exists(entities::kTasks, id)) return {};
  FURROW_ASSIGN(json::Value task, entities::GetTask(t, id));
  if (entities::StatusOf(task) != domain::TaskStatus::kQueued) return {};
  const auto before = domain::ParseStatus(task.At("enqueue_status").AsString());
  FURROW_ASSIGN(const json::Value fields,
                entities::ChangeStatus(task, actor,
                                       {.to = before.value_or(domain::TaskStatus::kCreated),
                                        .reason = std::string(reason),
                                        .force = true}));
  (void)fields;
  task.object().Erase("enqueue_status");
  return entities::PutTask(t, std::move(task), actor.now);
}

}  // namespace furrow::service::queues
