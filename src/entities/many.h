// SPDX-License-Identifier: Apache-2.0
// What the *_many endpoints of every service share.
#pragma once

#include <functional>
#include <string>

#include "api/call.h"
#include "base/status.h"
#include "entities/core.h"

namespace furrow::entities {

/// The call's user, at the call's time. A view into `call`.
inline Actor ActorOf(const api::Call& call) { return {call.identity.user_id, call.now}; }

/// The change behind one id; returns the answer's members for it.
using OneOfMany = std::function<Result<json::Value>(docs::Transaction&, const std::string& id)>;

/// Runs `op` for each of the call's `ids`, each in a transaction of its own, and answers
/// {succeeded: [{id, ...}], failed: [{id, error}]}.
Status RunMany(Core& core, api::Call& call, const OneOfMany& op);

/// Adds `add_tags` to and removes `remove_tags` from the documents `ids` of a collection, all or
/// none; answers {updated}. `missing` is the error for an id nobody has.
Status UpdateTags(Core& core, api::Call& call, docs::CollectionId collection,
                  const api::Error& missing);

/// A public document belongs to no company: everybody reads it, nobody changes it.
inline bool IsPublic(const json::Value& doc) {
  const json::Value* company = doc.Find("company");
  return company && company->AsString().empty();
}

/// 403/21 for a public document.
Status CheckWritable(const json::Value& doc);

/// Gives the documents `ids` away to the public, or takes them back; answers {updated}.
Status SetPublic(Core& core, api::Call& call, docs::CollectionId collection,
                 const api::Error& missing, bool to_public);

}  // namespace furrow::entities
