// SPDX-License-Identifier: Apache-2.0
#include "entities/task_changes.h"
#include "service/queues/leases.h"
#include "service/queues/queues_service.h"

namespace furrow::service::queues {
namespace {

/// False when a transaction would surely find nothing to hand out.
bool MayHaveWork(const Context& context, const api::Call& call, const std::string& queue) {
  if (!context.core.queues->loaded()) return true;
  bool may = false;
  context.core.queues->With(queue, context.core.clock, [&](domain::QueueLine& line) {
    may = line.waiting() > 0 || (line.leased() > 0 && line.NextHeld(entities::HolderOf(call), {}));
  });
  return may;
}

}  // namespace

Status GetNextTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"queue"}));
  const std::string id = call.Text("queue"), only_task = call.Text("task");
  const bool with_info = call.Flag("get_task_info");
  FURROW_TRY(call.Check());
  // Agents ask every few seconds and mostly find nothing: no transaction for that.
  const auto seen = context.core.docs.GetStored(entities::kQueues, id);
  if (!seen.ok()) {
    return seen.status().code() == Code::kNotFound ? api::Fail(api::kInvalidQueueId, "id=" + id)
                                                   : seen.status();
  }
  // A sample missed (a full disk) is no reason to refuse work.
  const Status sampled = context.sampler.SampleSometimes(id, call.now);
  (void)sampled;
  if (!MayHaveWork(context, call, id)) return {};

  return context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_TRY(entities::GetQueue(t, id).status());
    FURROW_ASSIGN(json::Value entry, Handout(context.core, t, call, id, only_task).Take());
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
