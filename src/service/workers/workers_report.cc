// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/id.h"
#include "entities/many.h"
#include "entities/tags.h"
#include "entities/task_changes.h"
#include "service/workers/worker_document.h"
#include "service/workers/workers_service.h"

namespace furrow::service::workers {
namespace {

constexpr size_t kWorkerNameMax = 512;

Status CheckName(const std::string& worker) {
  if (worker.empty() || worker.size() > kWorkerNameMax) {
    return api::Fail(api::kInvalidWorkerId, "a worker's name has 1 to 512 characters");
  }
  return {};
}

Status CheckQueues(docs::Transaction& t, const std::vector<std::string>& queues) {
  for (const std::string& id : queues) {
    if (!t.Exists(entities::kQueues, id)) return api::Fail(api::kInvalidQueueId, "id=" + id);
  }
  return {};
}

json::Value NewWorker(const Context& context, const api::Call& call, const std::string& worker) {
  return json::Object{{"id", worker},
                      {"key", WorkerKey(call, worker)},
                      {"user", call.identity.user_id},
                      {"company", context.core.company_id},
                      {"ip", call.head ? call.head->peer_address : std::string()},
                      {"register_time", FormatTime(call.now)},
                      {"register_timeout", kTimeoutDefault_s},
                      {"last_activity_time", FormatTime(call.now)},
                      {"queues", json::Array{}},
                      {"tags", json::Array{}},
                      {"system_tags", json::Array{}}};
}

void TakeTags(api::Call& call, json::Value& worker) {
  for (const char* f : {"tags", "system_tags"}) {
    if (call.Has(f)) worker[f] = entities::NormaliseTags(call.Field(f));
  }
}

// The task a worker runs shows who runs it and that it lives.
Status MarkTask(docs::Transaction& t, const api::Call& call, const std::string& worker,
                const std::string& task_id) {
  auto task = t.Get(entities::kTasks, task_id);
  if (!task.ok()) return {};
  const std::string now = FormatTime(call.now);
  (*task)["last_worker"] = worker;
  (*task)["last_worker_report"] = now;
  if ((*task).At("last_update").AsString() < now) (*task)["last_update"] = now;
  return t.Put(entities::kTasks, task_id, std::move(*task));
}

}  // namespace

std::string WorkerKey(const api::Call& call, const std::string& worker) {
  return Md5Hex(call.identity.company_id + "\n" + call.identity.user_id + "\n" + worker);
}

bool IsAlive(const json::Value& worker, Micros now) {
  const Micros seen = ParseTime(worker.At("last_activity_time").AsString()).value_or(0);
  return now <= seen + worker.At("register_timeout").AsInt(kTimeoutDefault_s) * 1'000'000;
}

Status Register(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"worker"}));
  const std::string worker = call.Text("worker");
  const auto queues = call.Texts("queues");
  const int64_t timeout = call.Int("timeout", kTimeoutDefault_s);
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckName(worker));
  if (timeout <= 0) return api::Fail(api::kFieldsValue, "timeout must be positive");
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(CheckQueues(t, queues));
    json::Value doc = NewWorker(context, call, worker);
    doc["register_timeout"] = timeout;
    doc["queues"] = json::Array(queues.begin(), queues.end());
    TakeTags(call, doc);
    return t.Put(entities::kWorkers, WorkerKey(call, worker), std::move(doc));
  });
}

Status Unregister(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"worker"}));
  const std::string key = WorkerKey(call, call.Text("worker"));
  FURROW_TRY(call.Check());
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    return t.Exists(entities::kWorkers, key) ? t.Delete(entities::kWorkers, key) : Status();
  });
}

Status StatusReport(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"worker"}));
  const std::string worker = call.Text("worker"), task = call.Text("task"), queue = call.Text("queue");
  const auto queues = call.Texts("queues");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckName(worker));
  const std::string key = WorkerKey(call, worker);
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto known = t.Get(entities::kWorkers, key);
    // One that was not registered, or is forgotten, registers by its report.
    json::Value doc = known.ok() ? std::move(*known) : NewWorker(context, call, worker);
    const std::string now = FormatTime(call.now);
    doc["last_activity_time"] = now;
    doc["last_report_time"] = now;
    if (call.head) doc["ip"] = call.head->peer_address;
    if (call.Has("queues")) {
      FURROW_TRY(CheckQueues(t, queues));
      doc["queues"] = json::Array(queues.begin(), queues.end());
    }
    doc["task"] = task.empty() ? json::Value() : json::Value(task);
    doc["queue"] = queue.empty() ? json::Value() : json::Value(queue);
    if (call.Has("machine_stats")) doc["machine_stats"] = call.Field("machine_stats");
    TakeTags(call, doc);
    if (!task.empty()) FURROW_TRY(MarkTask(t, call, worker, task));
    return t.Put(entities::kWorkers, key, std::move(doc));
  });
}

}  // namespace furrow::service::workers
