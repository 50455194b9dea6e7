// SPDX-License-Identifier: Apache-2.0
// Which line of which chip is which nozzle's. Pure; gpio_lines.h drives them.
#pragma once

#include <string>
#include <vector>

#include "edge/actuate/valve_set.h"

namespace furrow::edge {

/// Lines of one chip, in order of nozzles.
struct GpioChip {
  std::string device;           // such as "/dev/gpiochip0"
  std::vector<unsigned> lines;  // offsets on it

  bool operator==(const GpioChip&) const = default;
};

/// Lines of one chip that the kernel sets in one call: at most 64.
struct GpioGroup {
  size_t chip = 0;
  std::vector<unsigned> lines;
  size_t first = 0;  // nozzle of the first of them; the next line is the next nozzle's

  bool operator==(const GpioGroup&) const = default;
};

constexpr size_t kGpioGroupMax = 64;

/// Nozzles count on from chip to chip.
std::vector<GpioGroup> PlanGpio(const std::vector<GpioChip>& chips);

/// The logical values of a group's lines, one each: 1 is open. `values` has room for
/// kGpioGroupMax.
void GpioValues(const GpioGroup& group, const ValveSet& open, int* values) noexcept;

}  // namespace furrow::edge
