// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/gpio_plan.h"

#include <array>
#include <numeric>

#include <gtest/gtest.h>

#include "edge/actuate/gpio_lines.h"

namespace furrow::edge {
namespace {

TEST(GpioPlan, NozzlesCountOnOverChipsAndGroups) {
  GpioChip large{"/dev/gpiochip0", std::vector<unsigned>(100)};
  std::iota(large.lines.begin(), large.lines.end(), 3u);
  const auto groups = PlanGpio({large, {"/dev/gpiochip2", {9, 4}}});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].lines.size(), 64u);
  EXPECT_EQ(groups[0].first, 0u);
  EXPECT_EQ(groups[1].lines.front(), 67u);
  EXPECT_EQ(groups[1].first, 64u);
  EXPECT_EQ(groups[2], (GpioGroup{1, {9, 4}, 100}));
}

TEST(GpioPlan, EveryNozzleMovesItsLineAlone) {
  const auto groups = PlanGpio(
      {{"a", std::vector<unsigned>(70)}, {"b", {1, 2, 3}}, {"c", std::vector<unsigned>(64)}});
  for (size_t nozzle = 0; nozzle < 137; ++nozzle) {
    ValveSet open;
    open.Set(nozzle, true);
    size_t line = 0;
    for (const GpioGroup& group : groups) {
      std::array<int, kGpioGroupMax> values{};
      GpioValues(group, open, values.data());
      for (size_t i = 0; i < group.lines.size(); ++i, ++line) EXPECT_EQ(values[i], line == nozzle);
    }
    EXPECT_EQ(line, 137u);
  }
}

TEST(GpioLines, ADryRunTouchesNoChip) {
  const auto lines = MakeGpioLines({{{"/dev/no-such-chip", {1, 2}}}, false, "test", true});
  EXPECT_TRUE(lines->Open().ok());
  ValveSet open;
  open.Set(1, true);
  EXPECT_TRUE(lines->Set(0, open));
  EXPECT_FALSE(lines->Read().has_value());
}

TEST(GpioLines, AChipThatIsNotThereIsAnErrorWithItsName) {
  const auto lines = MakeGpioLines({{{"/dev/no-such-chip", {1, 2}}}, false, "test", false});
  const Status status = lines->Open();
  EXPECT_EQ(status.code(), Code::kNotFound);
  EXPECT_TRUE(status.message().starts_with("/dev/no-such-chip: ")) << status.message();
}

}  // namespace
}  // namespace furrow::edge
