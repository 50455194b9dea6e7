// SPDX-License-Identifier: Apache-2.0
// A worker as it is kept: {id, key, user, company, ip, queues, register_time, register_timeout,
// last_activity_time, last_report_time, task, queue, tags, system_tags, machine_stats}. One document
// per company, user and worker name.
#pragma once

#include <string>

#include "api/call.h"
#include "base/time.h"
#include "json/value.h"

namespace furrow::service::workers {

inline constexpr int64_t kTimeoutDefault_s = 600;

/// The document's id: 32 hex made from user and worker name.
std::string WorkerKey(const api::Call& call, const std::string& worker);

/// A worker that has said nothing for longer than its registration lasts is gone. A wall clock that
/// jumped back keeps it alive; it never makes an age negative.
bool IsAlive(const json::Value& worker, Micros now);

}  // namespace furrow::service::workers
