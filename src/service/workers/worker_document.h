// SPDX-License-Identifier: Apache-2.0
// A worker as it is kept: {id, key, user, company, ip, queues, register_time, register_timeout,
// last_activity_time, last_report_time, task, queue, tags, system_tags, machine_stats}. One
// document per company, user and worker name; it stays for a while after the worker is gone, so
// that its history can be shown and is known to be there when it is old enough to go.
#pragma once

#include <string>

#include "api/call.h"
#include "base/time.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::service::workers {

/// The document's id: 32 hex made from company, user and worker name.
std::string WorkerKey(const api::Call& call, const std::string& worker);

/// Under this name each report says whether the worker ran a task: 1 or 0.
inline constexpr std::string_view kBusy = "busy";

/// Deletes workers silent for longer than their history is kept, and that with them.
Status ForgetOldWorkers(entities::Core& core, Micros now);

}  // namespace furrow::service::workers
