// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/gpio_plan.h"

#include <algorithm>

namespace furrow::edge {

std::vector<GpioGroup> PlanGpio(const std::vector<GpioChip>& chips) {
  std::vector<GpioGroup> groups;
  size_t nozzle = 0;
  for (size_t chip = 0; chip < chips.size(); ++chip) {
    const std::vector<unsigned>& lines = chips[chip].lines;
    for (size_t from = 0; from < lines.size(); from += kGpioGroupMax) {
      const size_t to = std::min(from + kGpioGroupMax, lines.size());
      groups.push_back({chip, {lines.begin() + from, lines.begin() + to}, nozzle});
      nozzle += to - from;
    }
  }
  return groups;
}

void GpioValues(const GpioGroup& group, const ValveSet& open, int* values) noexcept {
  for (size_t i = 0; i < group.lines.size(); ++i) values[i] = open.Test(group.first + i) ? 1 : 0;
}

}  // namespace furrow::edge
