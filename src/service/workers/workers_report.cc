// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/id.h"
#include "entities/machine_stats.h"
#include "entities/tags.h"
#include "entities/workers.h"
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

std::string Address(const api::Call& call) { return call.head ? call.head->peer_address : ""; }

json::Value NewWorker(const Context& context, const api::Call& call, const std::string& worker) {
  return json::Object{{"id", worker},
                      {"key", WorkerKey(call, worker)},
                      {"user", call.identity.user_id},
                      {"company", context.core.company_id},
                      {"ip", Address(call)},
                      {"register_time", FormatTime(call.now)},
                      {"register_timeout", entities::kWorkerTimeoutSeconds},
                      {"last_activity_time", FormatTime(call.now)},
                      {"queues", json::Array{}},
                      {"tags", json::Array{}},
                      {"system_tags", json::Array{}}};
}

void ForgetOldStats(docs::Transaction& t, Context& context, const std::string& key,
                    const json::Value& worker, Micros now) {
  const auto last = ParseTime(worker.At("last_activity_time").AsString());
  if (last) entities::ForgetOldMachineStats(t, context.core, key, *last, now);
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
  task->object().Erase("unreachable");
  return t.Put(entities::kTasks, task_id, std::move(*task));
}

}  // namespace

std::string WorkerKey(const api::Call& call, const std::string& worker) {
  return Md5Hex(call.identity.company_id + "\n" + call.identity.user_id + "\n" + worker);
}

Status ForgetOldWorkers(entities::Core& core, Micros now) {
  constexpr int64_t kKeptSeconds = entities::kMachineStatsDays * 86'400;
  struct Old {
    std::string key;
    Micros last;
  };
  std::vector<Old> old;
  FURROW_TRY(
      core.docs.ForEach(entities::kWorkers, [&](std::string_view key, const json::Value& worker) {
        if (entities::SilentSeconds(worker, now) > kKeptSeconds) {
          old.push_back({std::string(key),
                         ParseTime(worker.At("last_activity_time").AsString()).value_or(0)});
        }
        return true;
      }));
  for (const Old& one : old) {
    FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
      if (!t.Exists(entities::kWorkers, one.key)) return {};
      entities::ForgetMachineStats(t, core, one.key, one.last);
      return t.Delete(entities::kWorkers, one.key);
    }));
  }
  return {};
}

Status Register(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"worker"}));
  const std::string worker = call.Text("worker");
  const auto queues = call.Texts("queues");
  const int64_t timeout = call.Int("timeout", entities::kWorkerTimeoutSeconds);
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckName(worker));
  if (timeout <= 0) return api::Fail(api::kFieldsValue, "timeout must be positive");
  if (context.cleaning.IsDue(context.core.clock)) {
    FURROW_TRY(ForgetOldWorkers(context.core, call.now));
  }
  const std::string key = WorkerKey(call, worker);
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(CheckQueues(t, queues));
    json::Value doc = NewWorker(context, call, worker);
    if (const auto known = t.Get(entities::kWorkers, key); known.ok()) {
      ForgetOldStats(t, context, key, *known, call.now);
    }
    doc["register_timeout"] = timeout;
    doc["queues"] = json::Array(queues.begin(), queues.end());
    TakeTags(call, doc);
    return t.Put(entities::kWorkers, key, std::move(doc));
  });
}

Status Unregister(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"worker"}));
  const std::string key = WorkerKey(call, call.Text("worker"));
  FURROW_TRY(call.Check());
  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto known = t.Get(entities::kWorkers, key);
    if (!known.ok()) return {};
    (*known)["register_timeout"] = -1;
    (*known)["task"] = nullptr;
    (*known)["queue"] = nullptr;
    return t.Put(entities::kWorkers, key, std::move(*known));
  });
}

Status StatusReport(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"worker", "timestamp"}));
  const std::string worker = call.Text("worker"), task = call.Text("task"),
                    queue = call.Text("queue");
  const auto queues = call.Texts("queues");
  FURROW_TRY(call.Check());
  FURROW_TRY(CheckName(worker));
  const std::string key = WorkerKey(call, worker);
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    auto known = t.Get(entities::kWorkers, key);
    if (known.ok()) ForgetOldStats(t, context, key, *known, call.now);
    // One that was not registered, or is forgotten, registers by its report.
    const bool registered = known.ok() && entities::IsAlive(*known, call.now);
    json::Value doc = registered ? std::move(*known) : NewWorker(context, call, worker);
    const std::string now = FormatTime(call.now);
    doc["last_activity_time"] = now;
    doc["last_report_time"] = now;
    doc["ip"] = Address(call);
    if (call.Has("queues")) {
      // A queue deleted meanwhile is no reason to refuse the report of a run.
      json::Array listened;
      for (const std::string& id : queues) {
        if (t.Exists(entities::kQueues, id)) listened.push_back(id);
      }
      doc["queues"] = std::move(listened);
    }
    doc["task"] = task.empty() ? json::Value() : json::Value(task);
    doc["queue"] = queue.empty() ? json::Value() : json::Value(queue);
    if (call.Has("machine_stats")) doc["machine_stats"] = call.Field("machine_stats");
    TakeTags(call, doc);
    if (!task.empty()) FURROW_TRY(MarkTask(t, call, worker, task));
    return t.Put(entities::kWorkers, key, std::move(doc));
  }));
  json::Value stats = call.Field("machine_stats");
  stats[kBusy] = task.empty() ? 0 : 1;
  // The report is taken; a reading missed (the store is full or behind) is only a gap in a chart.
  const Status added = entities::AddMachineStats(context.core, key, stats, call.now);
  (void)added;
  return {};
}

}  // namespace furrow::service::workers
