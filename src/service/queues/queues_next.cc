// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "entities/many.h"
#include "entities/task_changes.h"
#include "service/queues/queue_document.h"
#include "service/queues/queues_service.h"

namespace furrow::service::queues {
namespace {

/// One asking for the next task of a queue.
class Next {
 public:
  Next(Context& context, docs::Transaction& t, api::Call& call, json::Value queue)
      : context_(context),
        t_(t),
        call_(call),
        queue_(std::move(queue)),
        holder_(HolderOf(call.identity.user_id, call.worker, call.identity.session_id)),
        only_task_(call.Text("task")) {}

  /// The entry handed out, null when there is none. Stores what it changed.
  Result<json::Value> Take() {
    FURROW_TRY(SortLeases());
    json::Value entry = HeldEntry();
    if (entry.IsNull()) {
      FURROW_ASSIGN(entry, Pop());
    }
    if (changed_) FURROW_TRY(PutQueue(t_, std::move(queue_), call_.now));
    return entry;
  }

 private:
  bool Wanted(const json::Value& entry) const {
    return only_task_.empty() || entry.At("task").AsString() == only_task_;
  }

  /// Drops leases that are void, and puts entries back whose lease ran out, in their old order.
  Status SortLeases() {
    if (!queue_.Find("leases")) return {};
    json::Array kept, back;
    for (json::Value& lease : queue_["leases"].array()) {
      const std::string& id = lease.At("task").AsString();
      json::Value task;
      if (t_.Exists(entities::kTasks, id)) {
        FURROW_ASSIGN(task, t_.Get(entities::kTasks, id));
      }
      const bool is_void = IsVoid(lease, task) || entities::EntryIndex(queue_, id).has_value();
      if (!is_void && !context_.lease_times.HasRunOut(lease)) {
        kept.push_back(std::move(lease));
        continue;
      }
      if (!is_void) {
        back.push_back(json::Object{{"task", id}, {"added", lease.At("added")}});
      }
      context_.lease_times.Forget(lease);
      changed_ = true;
    }
    json::Array& entries = queue_["entries"].array();
    entries.insert(entries.begin(), std::make_move_iterator(back.begin()),
                   std::make_move_iterator(back.end()));
    queue_["leases"] = std::move(kept);
    return {};
  }

  /// What this holder was given and has not begun.
  json::Value HeldEntry() const {
    for (const json::Value& lease : queue_.At("leases").array()) {
      if (lease.At("holder").AsString() == holder_ && Wanted(lease)) {
        return json::Object{{"task", lease.At("task")}, {"added", lease.At("added")}};
      }
    }
    return {};
  }

  Result<json::Value> Pop() {
    json::Array& entries = queue_["entries"].array();
    while (!entries.empty() && Wanted(entries.front())) {
      json::Value entry = std::move(entries.front());
      entries.erase(entries.begin());
      changed_ = true;
      const std::string& id = entry.At("task").AsString();
      if (!t_.Exists(entities::kTasks, id)) continue;  // deleted while it waited
      FURROW_ASSIGN(json::Value task, t_.Get(entities::kTasks, id));
      if (entities::StatusOf(task) == domain::TaskStatus::kStopped) {
        FURROW_ASSIGN(const json::Value fields,
                      entities::ChangeStatus(
                          task, entities::ActorOf(call_),
                          {.to = domain::TaskStatus::kQueued, .reason = "taken from its queue"}));
        (void)fields;
        FURROW_TRY(entities::PutTask(t_, task, call_.now));
      }
      json::Value lease = MakeLease(entry, holder_, task);
      (void)context_.lease_times.HasRunOut(lease);  // it runs from now
      queue_["leases"].array().push_back(std::move(lease));
      return entry;
    }
    return json::Value();
  }

  Context& context_;
  docs::Transaction& t_;
  api::Call& call_;
  json::Value queue_;
  const std::string holder_;
  const std::string only_task_;
  bool changed_ = false;
};

/// False when a transaction would surely find nothing to hand out.
bool MayHaveWork(Context& context, const api::Call& call, const json::Value& queue) {
  if (!queue.At("entries").array().empty()) return true;
  const json::Array& leases = queue.At("leases").array();
  if (leases.empty()) return false;
  const std::string holder = HolderOf(call.identity.user_id, call.worker, call.identity.session_id);
  return std::any_of(leases.begin(), leases.end(), [&](const json::Value& lease) {
    return lease.At("holder").AsString() == holder || context.lease_times.HasRunOut(lease);
  });
}

}  // namespace

Status GetNextTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue");
  const bool with_info = call.Flag("get_task_info");
  (void)call.Text("task");
  FURROW_TRY(call.Check());
  // Agents ask every few seconds and mostly find nothing: no transaction for that.
  const auto seen = context.core.docs.GetStored(entities::kQueues, id);
  if (!seen.ok()) {
    return seen.status().code() == Code::kNotFound ? api::Fail(api::kInvalidQueueId, "id=" + id)
                                                   : seen.status();
  }
  // A sample missed (a full disk) is no reason to refuse work.
  const Status sampled = context.sampler.SampleSometimes(**seen, call.now);
  (void)sampled;
  if (!MayHaveWork(context, call, **seen)) return {};

  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(json::Value queue, entities::GetQueue(t, id));
    FURROW_ASSIGN(json::Value entry, Next(context, t, call, std::move(queue)).Take());
    if (entry.IsNull()) return {};
    if (with_info) {
      FURROW_ASSIGN(const json::Value task, entities::GetTask(t, entry.At("task").AsString()));
      call.response["task_info"] =
          json::Object{{"company", task.At("company")}, {"user", task.At("user")}};
    }
    call.response["entry"] = std::move(entry);
    return {};
  });
}

}  // namespace furrow::service::queues
