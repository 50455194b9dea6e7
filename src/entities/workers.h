// SPDX-License-Identifier: Apache-2.0
// Workers as more than one service sees them: who is alive and what it does.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

/// Seconds a worker stays registered after its last sign of life, unless it asked for another time.
inline constexpr int64_t kWorkerTimeoutSeconds = 600;

/// Seconds since the worker's last sign of life. Never negative: a clock set back makes nobody
/// younger than now.
int64_t SilentSeconds(const json::Value& worker, Micros now);
/// Its registration has not run out; a negative register_timeout says that it was taken back.
bool IsAlive(const json::Value& worker, Micros now);

/// All that are alive, by name.
Result<std::vector<json::Value>> LiveWorkers(const Core& core, Micros now);

/// The task a worker runs: {id, name, running_time, last_iteration}; null when it runs none.
/// running_time is in milliseconds.
json::Value CurrentTask(const Core& core, const json::Value& worker, Micros now);

}  // namespace furrow::entities
