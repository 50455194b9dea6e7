// SPDX-License-Identifier: Apache-2.0
// Stops running tasks that nobody has heard of for long.
#pragma once

#include "base/status.h"
#include "entities/core.h"

namespace furrow::platform {

/// One round: every task in_progress whose last sign of life is older than `silent_s` becomes
/// stopped, "Forced stop (non-responsive)". Returns how many.
Result<int64_t> StopSilentTasks(entities::Core& core, int64_t silent_s);

}  // namespace furrow::platform
