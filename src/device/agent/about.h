// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/agent/config.h"
#include "json/value.h"

namespace furrow::device {

/// What the server shall know of the machine: boom, runtime, processor, field. What cannot be found
/// out is left out. Starts furrow-edge once, to ask its version.
json::Value AboutMachine(const DeviceConfig& config);

}  // namespace furrow::device
