// SPDX-License-Identifier: Apache-2.0
// The task's document: what a request may write into it, how it is kept, and how clients of
// different versions see it.
#pragma once

#include <string_view>

#include "api/call.h"
#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

/// A new task with every default, not stored.
json::Value NewTask(const Core& core, const Actor& actor);

/// Checks and copies the members a request may write (name, script, hyperparams…) into `task`.
/// script and execution are merged one level deep, other sections replaced; members of older
/// versions are translated; unknown ones ignored. References must exist: 400/101, 400/201, 400/401.
Status WriteTaskFields(docs::Transaction& t, const api::Call& call, json::Value& task);

/// A document at rest as a client of the call's version reads it.
void TaskView(json::Value& task, const api::Call& call);

/// hyperparams as on the wire, checked, values as texts: 400/12.
Result<json::Value> CheckHyperparams(const json::Value& sections);

/// Inserts or replaces artifacts by (key, mode), kept sorted by key.
Status MergeArtifacts(json::Value& task, const json::Value& artifacts);

}  // namespace furrow::entities
