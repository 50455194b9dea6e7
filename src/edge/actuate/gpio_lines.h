// SPDX-License-Identifier: Apache-2.0
// Valves on GPIO lines, by libgpiod 1.6 over the kernel's character device.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "edge/actuate/gpio_plan.h"
#include "edge/actuate/valve_lines.h"

namespace furrow::edge {

struct GpioOptions {
  std::vector<GpioChip> chips;
  bool active_low = false;               // a low level opens
  std::string consumer = "furrow-edge";  // what `gpioinfo` shows as the user of the lines
  bool dry_run = true;                   // everything but the kernel's calls
};

/// Lines are requested as outputs, closed. The lines of a group change in one call of the kernel,
/// groups one after the other; a group that stays is not written. A write that failed is tried
/// again with the next Set.
std::unique_ptr<ValveLines> MakeGpioLines(GpioOptions options);

}  // namespace furrow::edge
