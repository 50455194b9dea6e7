// SPDX-License-Identifier: Apache-2.0
#include "platform/watchdog.h"

#include "entities/find.h"
#include "entities/task_changes.h"

namespace furrow::platform {
namespace {

using domain::TaskStatus;

}  // namespace

Result<int64_t> StopSilentTasks(entities::Core& core, int64_t silent_s) {
  const Micros now = core.clock.Now();
  const Micros limit = now - silent_s * 1'000'000;
  FURROW_ASSIGN(auto page,
                core.docs.Find(entities::kTasks, entities::WhereEquals("status", "in_progress")));
  int64_t stopped = 0;
  for (const json::Value& running : page.docs) {
    // Found with its derived members: last_update counts reported events too.
    if (ParseTime(running.At("last_update").AsString()).value_or(now) >= limit) continue;
    const std::string id = running.At("id").AsString();
    FURROW_TRY(core.docs.Transact([&](docs::Transaction& t) -> Status {
      auto task = entities::GetTask(t, id);
      if (!task.ok() || entities::StatusOf(*task) != TaskStatus::kInProgress) return {};
      FURROW_ASSIGN(const json::Value fields,
                    entities::ChangeStatus(*task, {"", now},
                                           {TaskStatus::kStopped, "Forced stop (non-responsive)",
                                            "Forced stop (non-responsive)", true}));
      (*task)["completed"] = FormatTime(now);
      ++stopped;
      return entities::PutTask(t, std::move(*task), now);
    }));
  }
  return stopped;
}

}  // namespace furrow::platform
