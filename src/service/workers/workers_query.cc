// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "domain/glob.h"
#include "entities/queue_entries.h"
#include "entities/tags.h"
#include "entities/workers.h"
#include "service/workers/workers_service.h"

namespace furrow::service::workers {
namespace {

constexpr int64_t kLastSeenDefault_s = 3600;

struct Filter {
  int64_t last_seen_s;
  std::string pattern;
  std::vector<std::string> tags, system_tags;
};

Result<Filter> ReadFilter(api::Call& call) {
  Filter out{.last_seen_s = kLastSeenDefault_s,
             .pattern = call.Text("worker_pattern"),
             .tags = call.Texts("tags"),
             .system_tags = call.Texts("system_tags")};
  if (call.Field("last_seen").AsString() == "none") {
    out.last_seen_s = 0;
  } else {
    out.last_seen_s = call.Int("last_seen", kLastSeenDefault_s);
  }
  FURROW_TRY(call.Check());
  return out;
}

/// Any of the wanted tags where there are some, and none of those that begin with '-'.
bool TagsMatch(const json::Value& tags, const std::vector<std::string>& wanted) {
  bool any_wanted = false, has_one = false;
  for (const std::string& tag : wanted) {
    if (tag.starts_with('-')) {
      if (entities::HasTag(tags, tag.substr(1))) return false;
      continue;
    }
    any_wanted = true;
    has_one = has_one || entities::HasTag(tags, tag);
  }
  return has_one || !any_wanted;
}

bool Matches(const json::Value& worker, const Filter& filter, Micros now) {
  if (filter.last_seen_s > 0 && entities::SilentSeconds(worker, now) > filter.last_seen_s)
    return false;
  if (!filter.pattern.empty() && !domain::MatchesGlob(filter.pattern, worker.At("id").AsString())) {
    return false;
  }
  return TagsMatch(worker.At("tags"), filter.tags) &&
         TagsMatch(worker.At("system_tags"), filter.system_tags);
}

json::Value IdAndName(const Context& context, docs::CollectionId collection,
                      const std::string& id) {
  json::Value out = json::Object{{"id", id}};
  if (const auto doc = context.core.docs.GetStored(collection, id); doc.ok()) {
    out["name"] = (*doc)->At("name");
  }
  return out;
}

json::Value QueueEntry(const Context& context, const std::string& id) {
  json::Value out = IdAndName(context, entities::kQueues, id);
  if (!out.Find("name")) return out;
  const auto count = entities::CountWaiting(context.core, id);
  const auto first = entities::WaitingTasks(context.core, id, 1);
  if (!count.ok() || !first.ok()) return out;
  out["num_tasks"] = *count;
  if (!first->empty()) out["next_task"] = IdAndName(context, entities::kTasks, first->front().task);
  return out;
}

json::Value Shown(const Context& context, const json::Value& worker, Micros now) {
  json::Value out = json::Object{};
  for (const char* f : {"id", "key", "ip", "register_time", "register_timeout",
                        "last_activity_time", "last_report_time", "tags", "system_tags"}) {
    if (const json::Value* v = worker.Find(f)) out[f] = *v;
  }
  out["user"] = IdAndName(context, entities::kUsers, worker.At("user").AsString());
  out["company"] =
      json::Object{{"id", context.core.company_id}, {"name", context.core.company_name}};
  json::Array queues;
  for (const json::Value& q : worker.At("queues").array())
    queues.push_back(QueueEntry(context, q.AsString()));
  out["queues"] = std::move(queues);
  if (const std::string& queue = worker.At("queue").AsString(); !queue.empty()) {
    out["queue"] = QueueEntry(context, queue);
  }
  json::Value task = entities::CurrentTask(context.core, worker, now);
  if (task.IsNull()) return out;
  if (const auto doc = context.core.docs.GetStored(entities::kTasks, task.At("id").AsString());
      doc.ok()) {
    const std::string& project = (*doc)->At("project").AsString();
    if (!project.empty()) out["project"] = IdAndName(context, entities::kProjects, project);
  }
  out["task"] = std::move(task);
  return out;
}

Result<std::vector<json::Value>> Find(const Context& context, api::Call& call) {
  FURROW_ASSIGN(const Filter filter, ReadFilter(call));
  FURROW_ASSIGN(auto workers, entities::LiveWorkers(context.core, call.now));
  std::erase_if(workers, [&](const json::Value& w) { return !Matches(w, filter, call.now); });
  return workers;
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto found, Find(context, call));
  json::Array workers;
  for (const json::Value& w : found) workers.push_back(Shown(context, w, call.now));
  call.response["workers"] = std::move(workers);
  return {};
}

Status GetCount(Context& context, api::Call& call) {
  FURROW_ASSIGN(const auto found, Find(context, call));
  call.response["count"] = found.size();
  return {};
}

}  // namespace furrow::service::workers
