// SPDX-License-Identifier: Apache-2.0
// Whose events a call speaks of: a task's or, with `model_events`, a model's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "entities/core.h"

namespace furrow::service::events {

/// What a reporter may do with an owner.
enum class OwnerState { kOpen, kLocked, kMissing };
/// kLocked for a task that is published or about to be; a model is never locked for reporting.
/// Costs no read of the run's metrics.
Result<OwnerState> StateOf(const entities::Core& core, bool is_model, std::string_view id);

struct Owner {
  std::string id;
  std::string name;
};

/// The call's `task` (a model with model_events). Errors: 400/101, 400/201.
Result<Owner> OwnerOf(const entities::Core& core, api::Call& call);
/// The call's `tasks`, in order and once each; at most `count_max`. Errors as above, 400/12.
Result<std::vector<Owner>> OwnersOf(const entities::Core& core, api::Call& call, size_t count_max);
Result<Owner> FindOwner(const entities::Core& core, bool is_model, const std::string& id);

}  // namespace furrow::service::events
