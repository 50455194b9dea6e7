// SPDX-License-Identifier: Apache-2.0
#include "entities/queue_entries.h"
#include "service/tasks/tasks_ops.h"

namespace furrow::service::tasks {

Status StopMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return StopTask(context, t, ActorOf(call), id, why);
  });
}

Status PublishMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  const bool publish_model = call.Flag("publish_model", true);
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return PublishTask(t, ActorOf(call), id, why, publish_model);
  });
}

Status EnqueueMany(Context& context, api::Call& call) {
  const StatusRequest request{.why = ReadReason(call),
                              .queue_id = call.Text("queue"),
                              .queue_name = call.Text("queue_name"),
                              .holder = entities::HolderOf(call)};
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return EnqueueOne(context, t, ActorOf(call), id, request);
  });
}

Status DequeueMany(Context& context, api::Call& call) {
  const StatusRequest request{.why = ReadReason(call), .new_status = call.Text("new_status")};
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return DequeueOne(context, t, ActorOf(call), id, request);
  });
}

Status ArchiveMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return ArchiveTask(context, t, ActorOf(call), id, why, true);
  });
}

Status UnarchiveMany(Context& context, api::Call& call) {
  const Reason why = ReadReason(call);
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return ArchiveTask(context, t, ActorOf(call), id, why, false);
  });
}

Status DeleteMany(Context& context, api::Call& call) {
  const DeleteRequest request = ReadDelete(call);
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return DeleteTask(context, t, ActorOf(call), id, request);
  });
}

Status ResetMany(Context& context, api::Call& call) {
  const DeleteRequest request = ReadDelete(call);
  return entities::RunMany(context.core, call, [&](docs::Transaction& t, const std::string& id) {
    return ResetTask(context, t, ActorOf(call), id, request);
  });
}

}  // namespace furrow::service::tasks
