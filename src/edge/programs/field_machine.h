// SPDX-License-Identifier: Apache-2.0
// Machines whose ground is known: those that drive over a generated field.
#pragma once

#include <string>

#include "base/status.h"
#include "edge/live/machine_config.h"

namespace furrow::edge {

/// The configuration in a file. kFailedPrecondition when it has no [field], or cameras that do not
/// show it: nothing is known then of what stood there.
Result<MachineConfig> ReadFieldMachine(const std::string& path);

}  // namespace furrow::edge
