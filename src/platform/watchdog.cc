// SPDX-License-Identifier: Apache-2.0
#include "platform/watchdog.h"

#include <algorithm>

#include "domain/silence.h"
#include "entities/find.h"
#include "entities/task_changes.h"

namespace furrow::platform {
namespace {

using domain::Silence;
using domain::TaskStatus;

constexpr char kUnreachable[] = "unreachable";
constexpr size_t kChangesTogether = 64;  // tasks in one transaction
constexpr char kStopReason[] = "Forced stop (non-responsive)";

}  // namespace

Result<Watchdog::Round> Watchdog::Look() {
  FURROW_ASSIGN(const Found found, Search());
  Round round;
  FURROW_TRY(Show(found.unreachable, true, round.unreachable));
  FURROW_TRY(Show(found.back, false, round.back));
  for (const std::string& id : found.gone) FURROW_TRY(StopTask(id, round.stopped));
  return round;
}

// A ping and a worker's report change the task; events do not, so they are asked for themselves.
void Watchdog::Hear() {
  for (std::string& id : core_.docs.TakeWritten(entities::kTasks)) heard_.insert(std::move(id));
  for (std::string& id : core_.events.TakeReported()) heard_.insert(std::move(id));
}

Result<Watchdog::Found> Watchdog::Search() {
  Hear();
  ++round_;
  Found found;
  const auto now = core_.clock.Steady();
  FURROW_TRY(core_.docs.Scan(entities::kTasks, {kUnreachable},
                             docs::Predicate::Equals("status", "in_progress"),
                             [&](std::string_view id, const std::vector<docs::Found>& values) {
                               const bool shown = !values.front().scalars.empty();
                               const std::string key(id);
                               const bool heard = heard_.contains(key);
                               Sign& sign = signs_.try_emplace(key, Sign{now}).first->second;
                               sign.round = round_;
                               if (heard) sign.since = now;
                               switch (domain::SilenceOf(now - sign.since, time_out_)) {
                                 case Silence::kNone:
                                   if (shown && heard) found.back.emplace_back(id);
                                   break;
                                 case Silence::kUnreachable:
                                   if (!shown) found.unreachable.emplace_back(id);
                                   break;
                                 case Silence::kGone:
                                   found.gone.emplace_back(id);
                                   break;
                               }
                             }));
  std::erase_if(signs_, [this](const auto& sign) { return sign.second.round != round_; });
  heard_.clear();
  return found;
}

// Not a change of the task as its users know it: what they poll, last_update, stays.
Status Watchdog::Show(const std::vector<std::string>& ids, bool unreachable, int64_t& count) {
  for (size_t from = 0; from < ids.size(); from += kChangesTogether) {
    const size_t to = std::min(ids.size(), from + kChangesTogether);
    FURROW_TRY(core_.docs.Transact([&](docs::Transaction& t) -> Status {
      for (size_t i = from; i < to; ++i) {
        auto task = entities::GetTask(t, ids[i]);
        if (!task.ok() || entities::StatusOf(*task) != TaskStatus::kInProgress) continue;
        if (unreachable) {
          (*task)[kUnreachable] = FormatTime(core_.clock.Now());
        } else {
          task->object().Erase(kUnreachable);
        }
        ++count;
        FURROW_TRY(t.Put(entities::kTasks, ids[i], std::move(*task)));
      }
      return {};
    }));
  }
  // Its own changes are no sign of life.
  Hear();
  for (const std::string& id : ids) heard_.erase(id);
  return {};
}

Status Watchdog::StopTask(const std::string& id, int64_t& count) {
  const Micros now = core_.clock.Now();
  return core_.docs.Transact([&](docs::Transaction& t) -> Status {
    auto task = entities::GetTask(t, id);
    if (!task.ok() || entities::StatusOf(*task) != TaskStatus::kInProgress) return {};
    Hear();
    if (heard_.contains(id)) return {};  // just now; the next round sees it
    FURROW_TRY(entities::ChangeStatus(*task, {"", now},
                                      {TaskStatus::kStopped, kStopReason, kStopReason, true})
                   .status());
    (*task)["completed"] = FormatTime(now);
    ++count;
    return entities::PutTask(t, std::move(*task), now);
  });
}

}  // namespace furrow::platform
