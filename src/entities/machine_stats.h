// SPDX-License-Identifier: Apache-2.0
// What machines say of themselves over time (load, memory, requests served): kept per subject, a
// worker or a serving container, for kMachineStatsDays days.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

inline constexpr int64_t kMachineStatsDays = 31;

/// Adds one reading of each number in `stats`: {"cpu_usage": 3.5} or, per core, {"cpu_usage": [3.5,
/// 9]}. Anything else in it is ignored.
Status AddMachineStats(Core& core, std::string_view subject, const json::Value& stats, Micros now);

/// Deletes what is older than kMachineStatsDays; `last` is when the subject was last heard of
/// before.
void ForgetOldMachineStats(docs::Transaction& t, Core& core, std::string_view subject, Micros last,
                           Micros now);
/// Deletes everything of a subject last heard of at `last`.
void ForgetMachineStats(docs::Transaction& t, Core& core, std::string_view subject, Micros last);

struct StatPoint {
  int64_t time_s;
  double value;
};
/// Readings of one number in [from_s, to_s) by time, per variant: "0", "1"… of a list, "" of a
/// number.
using StatCurves = std::map<std::string, std::vector<StatPoint>>;
Result<StatCurves> ReadMachineStats(const Core& core, std::string_view subject,
                                    std::string_view metric, int64_t from_s, int64_t to_s);

}  // namespace furrow::entities
