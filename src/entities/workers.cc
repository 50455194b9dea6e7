// SPDX-License-Identifier: Apache-2.0
#include "entities/workers.h"

#include <algorithm>

namespace furrow::entities {

int64_t SilentSeconds(const json::Value& worker, Micros now) {
  const Micros seen = ParseTime(worker.At("last_activity_time").AsString()).value_or(0);
  return std::max<Micros>(0, now - seen) / 1'000'000;
}

bool IsAlive(const json::Value& worker, Micros now) {
  return SilentSeconds(worker, now) <= worker.At("register_timeout").AsInt(kWorkerTimeoutSeconds);
}

Result<std::vector<json::Value>> LiveWorkers(const Core& core, Micros now) {
  std::vector<json::Value> out;
  FURROW_TRY(core.docs.ForEach(kWorkers, [&](std::string_view, const json::Value& worker) {
    if (IsAlive(worker, now)) out.push_back(worker);
    return true;
  }));
  std::sort(out.begin(), out.end(), [](const json::Value& a, const json::Value& b) {
    return a.At("id").AsString() < b.At("id").AsString();
  });
  return out;
}

json::Value CurrentTask(const Core& core, const json::Value& worker, Micros now) {
  const std::string& id = worker.At("task").AsString();
  if (id.empty()) return {};
  const auto task = core.docs.GetStored(kTasks, id);
  if (!task.ok()) return json::Object{{"id", id}};
  json::Value out = json::Object{{"id", id}, {"name", (*task)->At("name")}};
  if (const auto started = ParseTime((*task)->At("started").AsString())) {
    out["running_time"] = std::max<Micros>(0, now - *started) / 1000;
  }
  int64_t iteration = (*task)->At("last_iteration").AsInt();
  if (const auto stats = core.events.Stats(id); stats && stats->last_iteration) {
    iteration = std::max(iteration, *stats->last_iteration);
  }
  out["last_iteration"] = iteration;
  return out;
}

}  // namespace furrow::entities
