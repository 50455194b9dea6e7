// SPDX-License-Identifier: Apache-2.0
#include "service/queues/queue_document.h"

#include "entities/task_changes.h"
#include "query/entities.h"
#include "query/escape.h"

namespace furrow::service::queues {

void QueueView(json::Value& queue, const api::Call&) {
  if (json::Value* metadata = queue.Find("metadata")) *metadata = query::UnescapeKeys(*metadata);
}

Result<json::Array> ShownEntries(const entities::Core& core, std::string_view queue,
                                 const api::Call& call) {
  const json::Value& most = call.Field("max_task_entries");
  const bool cut = most.IsInt() && most.AsInt() >= 0;
  FURROW_ASSIGN(
      const auto tasks,
      entities::WaitingTasks(core, queue, cut ? static_cast<size_t>(most.AsInt()) : SIZE_MAX));
  json::Array out;
  out.reserve(tasks.size());
  for (const entities::QueuedTask& one : tasks) {
    out.push_back(json::Object{{"task", one.task}, {"added", FormatTime(one.added)}});
  }
  return out;
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

Status RestoreAll(docs::Transaction& t, const entities::Core& core, const entities::Actor& actor,
                  std::string_view queue, const std::vector<std::string>& tasks,
                  std::string_view reason) {
  for (const std::string& task : tasks) {
    FURROW_TRY(RestoreTask(t, actor, task, reason));
    FURROW_ASSIGN(auto standing, entities::FindStanding(t, queue, task));
    if (standing) FURROW_TRY(entities::Remove(t, core, std::move(*standing)));
  }
  return {};
}

}  // namespace furrow::service::queues
