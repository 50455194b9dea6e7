// SPDX-License-Identifier: Apache-2.0
#include <fnmatch.h>

#include <algorithm>

#include "entities/tags.h"
#include "service/workers/worker_document.h"
#include "service/workers/workers_service.h"

namespace furrow::service::workers {
namespace {

constexpr int64_t kLastSeenDefault_s = 3600;

struct Filter {
  int64_t last_seen_s;
  std::string pattern;
  std::vector<std::string> tags, system_tags;
};

Filter ReadFilter(api::Call& call) {
  return {.last_seen_s = call.Int("last_seen", kLastSeenDefault_s),
          .pattern = call.Text("worker_pattern"),
          .tags = call.Texts("tags"),
          .system_tags = call.Texts("system_tags")};
}

bool HasAny(const json::Value& tags, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& tag) {
           return entities::HasTag(tags, tag);
         });
}

bool Matches(const json::Value& worker, const Filter& filter, Micros now) {
  if (!IsAlive(worker, now)) return false;
  const Micros seen = ParseTime(worker.At("last_activity_time").AsString()).value_or(0);
  if (filter.last_seen_s > 0 && seen + filter.last_seen_s * 1'000'000 < now) return false;
  // FNM_NOESCAPE and no FNM_PATHNAME: '*' crosses ':' and '/', as worker names want it.
  if (!filter.pattern.empty() &&
      fnmatch(filter.pattern.c_str(), worker.At("id").AsString().c_str(), FNM_NOESCAPE) != 0) {
    return false;
  }
  return HasAny(worker.At("tags"), filter.tags) && HasAny(worker.At("system_tags"), filter.system_tags);
}

json::Value IdAndName(const Context& context, docs::CollectionId collection, const std::string& id) {
  json::Value out = json::Object{{"id", id}};
  if (const auto doc = context.core.docs.GetStored(collection, id); doc.ok()) {
    out["name"] = (*doc)->At("name");
  }
  return out;
}

json::Value QueueEntry(const Context& context, const std::string& id) {
  json::Value out = IdAndName(context, entities::kQueues, id);
  const auto queue = context.core.docs.GetStored(entities::kQueues, id);
  if (!queue.ok()) return out;
  const json::Array& entries = (*queue)->At("entries").array();
  out["num_tasks"] = entries.size();
  if (!entries.empty()) {
    out["next_task"] = IdAndName(context, entities::kTasks, entries.front().At("task").AsString());
  }
  return out;
}

json::Value Shown(const Context& context, const json::Value& worker, Micros now) {
  json::Value out = json::Object{};
  for (const char* f : {"id", "key", "ip", "register_time", "register_timeout", "last_activity_time",
                        "last_report_time", "tags", "system_tags"}) {
    if (const json::Value* v = worker.Find(f)) out[f] = *v;
  }
  out["user"] = IdAndName(context, entities::kUsers, worker.At("user").AsString());
  out["company"] = json::Object{{"id", context.core.company_id}, {"name", context.core.company_name}};
  json::Array queues;
  for (const json::Value& q : worker.At("queues").array()) queues.push_back(QueueEntry(context, q.AsString()));
  out["queues"] = std::move(queues);
  if (const std::string& queue = worker.At("queue").AsString(); !queue.empty()) {
    out["queue"] = QueueEntry(context, queue);
  }
  const std::string& task_id = worker.At("task").AsString();
  if (task_id.empty()) return out;
  out["task"] = json::Object{{"id", task_id}};
  const auto task = context.core.docs.GetShared(entities::kTasks, task_id);
  if (!task.ok()) return out;
  out["task"]["name"] = (*task)->At("name");
  out["task"]["last_iteration"] = (*task)->At("last_iteration");
  if (const auto started = ParseTime((*task)->At("started").AsString())) {
    out["task"]["running_time"] = std::max<int64_t>(0, (now - *started) / 1000);
  }
  if (const std::string& project = (*task)->At("project").AsString(); !project.empty()) {
    out["project"] = IdAndName(context, entities::kProjects, project);
  }
  return out;
}

Result<std::vector<json::Value>> Find(Context& context, api::Call& call) {
  const Filter filter = ReadFilter(call);
  FURROW_TRY(call.Check());
  std::vector<json::Value> found;
  FURROW_TRY(context.core.docs.ForEach(entities::kWorkers,
                                       [&](std::string_view, const json::Value& worker) {
                                         if (Matches(worker, filter, call.now)) found.push_back(worker);
                                         return true;
                                       }));
  return found;
}

}  // namespace

Status GetAll(Context& context, api::Call& call) {
  FURROW_ASSIGN(auto found, Find(context, call));
  std::sort(found.begin(), found.end(), [](const json::Value& a, const json::Value& b) {
    return a.At("id").AsString() < b.At("id").AsString();
  });
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
