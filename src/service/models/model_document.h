// SPDX-License-Identifier: Apache-2.0
// The model's document: what a request may write into it, how it is kept, and how clients of
// different versions see it.
#pragma once

#include <string_view>

#include "api/call.h"
#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::service::models {

/// A new model with every default, not stored.
json::Value NewModel(const entities::Core& core, const entities::Actor& actor);

/// The model, or 400/201.
Result<json::Value> GetModel(docs::Transaction& t, std::string_view id);
/// The same for a change: also 403/21 for a public one.
Result<json::Value> GetForChange(docs::Transaction& t, std::string_view id);
/// Stores the model as changed by the actor.
Status PutModel(docs::Transaction& t, const entities::Actor& actor, json::Value model);

/// Which endpoint writes: each takes its own members of the request.
enum class Writer : unsigned { kCreate = 1, kEdit = 2, kUpdate = 4 };

/// Checks and copies the members a request may write into `model` (not stored yet) and returns them
/// as the answer's `fields`. Null members are left alone, unknown ones ignored. Errors: 400/12 for
/// a short name or a label that is no whole number, 400/20 for a wrong type, 400/101, 400/201,
/// 400/401 for a reference to nothing.
Result<json::Value> WriteModelFields(docs::Transaction& t, const json::Value& request,
                                     Writer writer, json::Value& model);

/// `iteration` of a request moves the task's last_iteration on, never back. Unknown tasks pass.
Status RaiseIteration(docs::Transaction& t, std::string_view task, const json::Value& iteration);

/// A document at rest as a client of the call's version reads it.
void ModelView(json::Value& model, const api::Call& call);

}  // namespace furrow::service::models
