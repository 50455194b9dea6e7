// SPDX-License-Identifier: Apache-2.0
#include "service/events/owners.h"

#include <algorithm>

#include "api/error.h"

namespace furrow::service::events {
namespace {

docs::CollectionId CollectionOf(bool is_model) {
  return is_model ? entities::kModels : entities::kTasks;
}

}  // namespace

Result<OwnerState> StateOf(const entities::Core& core, bool is_model, std::string_view id) {
  const auto doc = core.docs.GetStored(CollectionOf(is_model), id);
  if (!doc.ok()) {
    if (doc.status().code() == Code::kNotFound) return OwnerState::kMissing;
    return doc.status();
  }
  if (is_model) return OwnerState::kOpen;
  const std::string& status = doc.value()->At("status").AsString();
  return status == "published" || status == "publishing" ? OwnerState::kLocked : OwnerState::kOpen;
}

Result<Owner> FindOwner(const entities::Core& core, bool is_model, const std::string& id) {
  const auto doc = core.docs.GetStored(CollectionOf(is_model), id);
  if (doc.ok()) return Owner{id, doc.value()->At("name").AsString()};
  if (doc.status().code() != Code::kNotFound) return doc.status();
  return api::Fail(is_model ? api::kInvalidModelId : api::kInvalidTaskId, "id=" + id);
}

Result<Owner> OwnerOf(const entities::Core& core, api::Call& call) {
  FURROW_TRY(call.Require({"task"}));
  const std::string id = call.Text("task");
  const bool is_model = call.Flag("model_events");
  FURROW_TRY(call.Check());
  return FindOwner(core, is_model, id);
}

Result<std::vector<Owner>> OwnersOf(const entities::Core& core, api::Call& call, size_t count_max) {
  FURROW_TRY(call.Require({"tasks"}));
  const std::vector<std::string> ids = call.Texts("tasks");
  const bool is_model = call.Flag("model_events");
  FURROW_TRY(call.Check());
  if (ids.size() > count_max) {
    return api::Fail(api::kValidation, "at most " + std::to_string(count_max) + " tasks");
  }
  std::vector<Owner> owners;
  for (const std::string& id : ids) {
    if (std::any_of(owners.begin(), owners.end(), [&](const Owner& o) { return o.id == id; })) {
      continue;
    }
    FURROW_ASSIGN(Owner owner, FindOwner(core, is_model, id));
    owners.push_back(std::move(owner));
  }
  return owners;
}

}  // namespace furrow::service::events
