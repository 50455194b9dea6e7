// SPDX-License-Identifier: Apache-2.0
#include "service/queues/leases.h"

#include "entities/many.h"
#include "entities/task_changes.h"

namespace furrow::service::queues {
namespace {

using domain::Place;
using domain::QueueLine;
using domain::TaskStatus;
using entities::Standing;

constexpr char kSpentReason[] = "handed out and never begun too often";

struct Candidate {
  Place place;
  std::string task;
};

json::Value Answer(const Standing& standing) {
  return json::Object{{"task", standing.doc.At("id")}, {"added", standing.slot().At("added")}};
}

}  // namespace

Handout::Handout(entities::Core& core, docs::Transaction& t, const api::Call& call,
                 std::string queue, std::string only_task)
    : core_(core),
      t_(t),
      call_(call),
      queue_(std::move(queue)),
      only_task_(std::move(only_task)),
      holder_(entities::HolderOf(call)) {}

Handout::Fit Handout::Judge(const json::Value& slot, const json::Value& task) {
  if (task.IsNull()) return Fit::kVoid;
  const json::Value& lease = slot.At("lease");
  if (lease.IsNull()) return Fit::kGood;
  // Changed since it was handed out: somebody began it, or decided otherwise.
  if (task.At("status_changed") != lease.At("status_changed") ||
      entities::StatusOf(task) == TaskStatus::kInProgress) {
    return Fit::kVoid;
  }
  return slot.At("offers").AsInt() < domain::kOffersMax ? Fit::kGood : Fit::kSpent;
}

Result<json::Value> Handout::TaskOf(const std::string& id) {
  if (!t_.Exists(entities::kTasks, id)) return json::Value();
  return t_.Get(entities::kTasks, id);
}

Result<json::Value> Handout::Take() {
  FURROW_TRY(core_.queues->Load(t_, core_));
  FURROW_ASSIGN(json::Value entry, Held());
  if (!entry.IsNull()) return entry;
  return First();
}

// The same lease, not longer than it was.
Result<json::Value> Handout::Held() {
  std::optional<Place> after;
  for (;;) {
    std::optional<Candidate> next;
    core_.queues->With(queue_, core_.clock, [&](QueueLine& line) {
      if (const auto found = line.NextHeld(holder_, after)) {
        next = Candidate{found->place, found->entry->task};
      }
    });
    if (!next) return json::Value();
    after = next->place;
    FURROW_ASSIGN(auto standing, entities::FindStanding(t_, queue_, next->task));
    if (!standing) continue;
    FURROW_ASSIGN(const json::Value task, TaskOf(next->task));
    if (Judge(standing->slot(), task) == Fit::kVoid) {
      FURROW_TRY(entities::Remove(t_, core_, std::move(*standing)));
      continue;
    }
    if (only_task_.empty() || only_task_ == next->task) return Answer(*standing);
  }
}

Result<std::optional<json::Value>> Handout::Check(Standing& standing, const std::string& id) {
  FURROW_ASSIGN(json::Value task, TaskOf(id));
  const Fit fit = Judge(standing.slot(), task);
  if (fit == Fit::kGood) return std::optional<json::Value>(std::move(task));
  if (fit == Fit::kSpent) {
    // Whatever it is that takes its workers down, the queue goes on.
    FURROW_TRY(entities::ChangeStatus(task, {"", call_.now},
                                      {.to = TaskStatus::kFailed,
                                       .reason = kSpentReason,
                                       .message = kSpentReason,
                                       .force = true})
                   .status());
    task["completed"] = FormatTime(call_.now);
    FURROW_TRY(entities::PutTask(t_, std::move(task), call_.now));
  }
  FURROW_TRY(entities::Remove(t_, core_, std::move(standing)));
  return std::optional<json::Value>();
}

Result<json::Value> Handout::First() {
  std::optional<Place> after;
  for (;;) {
    std::optional<Candidate> next;
    core_.queues->With(queue_, core_.clock, [&](QueueLine& line) {
      if (const auto found = line.NextWaiting(after)) {
        next = Candidate{found->place, found->entry->task};
      }
    });
    if (!next || (!only_task_.empty() && only_task_ != next->task)) return json::Value();
    after = next->place;
    FURROW_ASSIGN(auto standing, entities::FindStanding(t_, queue_, next->task));
    if (!standing) continue;
    FURROW_ASSIGN(auto task, Check(*standing, next->task));
    if (!task) continue;
    if (entities::StatusOf(*task) == TaskStatus::kStopped) {
      FURROW_TRY(
          entities::ChangeStatus(*task, entities::ActorOf(call_),
                                 {.to = TaskStatus::kQueued, .reason = "taken from its queue"})
              .status());
      FURROW_TRY(entities::PutTask(t_, *task, call_.now));
    }
    json::Value answer = Answer(*standing);
    FURROW_TRY(entities::Grant(t_, core_, std::move(*standing), holder_, *task));
    FURROW_TRY(entities::TouchQueue(t_, queue_, call_.now));
    return answer;
  }
}

}  // namespace furrow::service::queues
