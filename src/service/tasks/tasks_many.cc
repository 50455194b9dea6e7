// SPDX-License-Identifier: Apache-2.0
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {

Status RunMany(Context& context, api::Call& call, const TaskOp& op) {
  FURROW_TRY(call.Require({"ids"}));
  const auto ids = call.Texts("ids");
  FURROW_TRY(call.Check());
  json::Array succeeded, failed;
  for (const std::string& id : ids) {
    json::Value answer;
    const Status done = context.core.docs.Transact([&](docs::Transaction& t) -> Status {
      FURROW_ASSIGN(answer, op(t, id));
      return {};
    });
    if (done.ok()) {
      answer["id"] = id;
      succeeded.push_back(std::move(answer));
    } else {
      failed.push_back(api::FailedItem(id, done));
    }
  }
  call.response["succeeded"] = std::move(succeeded);
  call.response["failed"] = std::move(failed);
  return {};
}

Status StopMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return StopTask(context, t, ActorOf(call), id, why);
  });
}

Status PublishMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  const bool publish_model = call.Flag("publish_model", true);
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return PublishTask(t, ActorOf(call), id, why, publish_model);
  });
}

Status EnqueueMany(Context& context, api::Call& call) {
  const StatusRequest request{.why = ReadReason(call),
                              .queue_id = call.Text("queue"),
                              .queue_name = call.Text("queue_name")};
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return EnqueueOne(context, t, ActorOf(call), id, request);
  });
}

Status DequeueMany(Context& context, api::Call& call) {
  const StatusRequest request{.why = ReadReason(call), .new_status = call.Text("new_status")};
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return DequeueOne(t, ActorOf(call), id, request);
  });
}

Status ArchiveMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return ArchiveTask(t, ActorOf(call), id, why, true);
  });
}

Status UnarchiveMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return ArchiveTask(t, ActorOf(call), id, why, false);
  });
}

Status DeleteMany(Context& context, api::Call& call) {
  const DeleteRequest request = ReadDelete(call);
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return DeleteTask(context, t, ActorOf(call), id, request);
  });
}

Status ResetMany(Context& context, api::Call& call) {
  const DeleteRequest request = ReadDelete(call);
  return RunMany(context, call, [&](docs::Transaction& t, std::string_view id) {
    return ResetTask(context, t, ActorOf(call), id, request);
  });
}

}  // namespace furrow::service::tasks
