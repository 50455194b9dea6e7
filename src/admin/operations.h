// SPDX-License-Identifier: Apache-2.0
// What the owner of a data directory may do to its users, as requests and answers in JSON: the same
// for a running server (over its socket) and a stopped one (on the opened store).
//
//   {"op": "user.add", "name": "ada", "role": "user", "password"?, "access_key"?, "secret_key"?}
//   {"op": "user.list"}
//   {"op": "user.disable" | "user.enable", "name": "ada"}
//   {"op": "user.reset", "name": "ada", "password"?}
//
// Answers: {"ok": true, "data": {...}} or {"ok": false, "error": "text for a person"}.
#pragma once

#include "auth/directory.h"
#include "json/value.h"
#include "store/kv/engine.h"

namespace furrow::admin {

/// Durable before it returns. Thread-safe.
json::Value Perform(auth::Directory& directory, store::Engine& engine, const json::Value& request);

}  // namespace furrow::admin
