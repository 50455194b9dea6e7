// SPDX-License-Identifier: Apache-2.0
#include "platform/watchdog.h"

#include "domain/silence.h"
#include "entities/find.h"
#include "entities/task_changes.h"

namespace furrow::platform {
namespace {

using domain::Silence;
using domain::TaskStatus;

constexpr char kUnreachable[] = "unreachable";
constexpr char kStopReason[] = "Forced stop (non-responsive)";

}  // namespace

Result<Watchdog::Round> Watchdog::Look() {
  Round round;
  ++round_;
  FURROW_ASSIGN(const auto ids, core_.docs.FindIds(entities::kTasks,
                                                   entities::WhereEquals("status", "in_progress")));
  for (const std::string& id : ids) FURROW_TRY(Visit(id, round));
  std::erase_if(signs_, [this](const auto& sign) { return sign.second.round != round_; });
  return round;
}

// A ping and a report change the task; events do not, so they are asked for themselves.
Result<std::string> Watchdog::LastSign(const std::string& id, const json::Value& task) const {
  std::string sign =
      task.At("last_update").AsString() + "/" + task.At("last_worker_report").AsString();
  if (const auto stats = core_.events.Stats(id)) sign += "/" + std::to_string(stats->last_event);
  return sign;
}

Status Watchdog::Visit(const std::string& id, Round& round) {
  const auto task = core_.docs.GetStored(entities::kTasks, id);
  if (!task.ok()) return task.status().code() == Code::kNotFound ? Status() : task.status();
  FURROW_ASSIGN(std::string last, LastSign(id, **task));
  const auto now = core_.clock.Steady();
  Sign& sign = signs_.try_emplace(id, Sign{last, now}).first->second;
  sign.round = round_;
  if (sign.last != last) {
    sign.last = std::move(last);
    sign.since = now;
  }
  const bool shown = !(*task)->At(kUnreachable).IsNull();
  switch (domain::SilenceOf(now - sign.since, time_out_)) {
    case Silence::kNone:
      return shown && sign.since == now ? Show(id, false, round.back) : Status();
    case Silence::kUnreachable:
      return shown ? Status() : Show(id, true, round.unreachable);
    case Silence::kGone:
      return StopTask(id, sign, round.stopped);
  }
  return {};
}

// Not a change of the task as its users know it: what they poll, last_update, stays.
Status Watchdog::Show(const std::string& id, bool unreachable, int64_t& count) {
  return core_.docs.Transact([&](docs::Transaction& t) -> Status {
    auto task = entities::GetTask(t, id);
    if (!task.ok() || entities::StatusOf(*task) != TaskStatus::kInProgress) return {};
    if (unreachable) {
      (*task)[kUnreachable] = FormatTime(core_.clock.Now());
    } else {
      task->object().Erase(kUnreachable);
    }
    ++count;
    return t.Put(entities::kTasks, id, std::move(*task));
  });
}

Status Watchdog::StopTask(const std::string& id, const Sign& sign, int64_t& count) {
  const Micros now = core_.clock.Now();
  return core_.docs.Transact([&](docs::Transaction& t) -> Status {
    auto task = entities::GetTask(t, id);
    if (!task.ok() || entities::StatusOf(*task) != TaskStatus::kInProgress) return {};
    FURROW_ASSIGN(const std::string last, LastSign(id, *task));
    if (last != sign.last) return {};  // it spoke just now
    FURROW_TRY(entities::ChangeStatus(*task, {"", now},
                                      {TaskStatus::kStopped, kStopReason, kStopReason, true})
                   .status());
    (*task)["completed"] = FormatTime(now);
    ++count;
    return entities::PutTask(t, std::move(*task), now);
  });
}

}  // namespace furrow::platform
