// SPDX-License-Identifier: Apache-2.0
#include "entities/removal.h"
#include "entities/task_changes.h"
#include "service/events/events_service.h"

namespace furrow::service::events {
Status DeleteForTask(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string id = call.Text("task");
  const bool allow_locked = call.Flag("allow_locked");
  FURROW_TRY(call.Check());
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    FURROW_ASSIGN(const json::Value task, entities::GetTask(t, id));
    const domain::TaskStatus status = entities::StatusOf(task);
    const bool locked =
        status == domain::TaskStatus::kPublished || status == domain::TaskStatus::kPublishing;
    if (locked && !allow_locked) return api::Fail(api::kTaskPublished, "id=" + id);
    entities::ForgetEvents(t, context.core, id);
    return {};
  }));
  call.response["deleted"] = true;
  return {};
}

Status DeleteForModel(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"model"}));
  const std::string id = call.Text("model");
  const bool allow_locked = call.Flag("allow_locked");
  FURROW_TRY(call.Check());
  FURROW_TRY(context.core.docs.Transact([&](docs::Transaction& t) -> Status {
    const auto model = t.Get(entities::kModels, id);
    if (!model.ok()) {
      return model.status().code() == Code::kNotFound ? api::Fail(api::kInvalidModelId, "id=" + id)
                                                      : model.status();
    }
    if (model->At("ready").AsBool() && !allow_locked)
      return api::Fail(api::kModelIsReady, "id=" + id);
    entities::ForgetEvents(t, context.core, id);
    return {};
  }));
  call.response["deleted"] = true;
  return {};
}

}  // namespace furrow::service::events
