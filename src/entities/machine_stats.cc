// SPDX-License-Identifier: Apache-2.0
#include "entities/machine_stats.h"

#include <algorithm>

#include "base/id.h"
#include "entities/removal.h"

namespace furrow::entities {
namespace {

constexpr int64_t kDaySeconds = 86'400;
// Cores of one machine, and different numbers of one report.
constexpr size_t kVariantsMax = 512;
constexpr size_t kMetricsMax = 64;
constexpr size_t kChunk = 10'000;

int64_t DayOf(Micros time) { return time / 1'000'000 / kDaySeconds; }

/// Each day of a subject is an owner of its own, so that old days can go.
std::string OwnerOf(std::string_view subject, int64_t day) {
  return Md5Hex("machine stats\n" + std::string(subject) + "\n" + std::to_string(day));
}

void Forget(docs::Transaction& t, Core& core, std::string_view subject, int64_t from_day,
            int64_t to_day) {
  for (int64_t day = from_day; day <= to_day; ++day) ForgetEvents(t, core, OwnerOf(subject, day));
}

}  // namespace

Status AddMachineStats(Core& core, std::string_view subject, const json::Value& stats, Micros now) {
  const std::string owner = OwnerOf(subject, DayOf(now));
  events::OwnerBatch batch{.owner = owner};
  std::vector<std::string> variants;
  variants.reserve(kVariantsMax);
  const auto add = [&](std::string_view metric, std::string_view variant,
                       const json::Value& value) {
    batch.scalars.push_back({.metric = metric,
                             .variant = variant,
                             .iter = now / 1'000'000,
                             .time_ms = now / 1000,
                             .value = value.AsDouble()});
  };
  size_t metrics = 0;
  for (const json::Member& m : stats.object()) {
    if (++metrics > kMetricsMax) break;
    if (m.value.IsNumber()) add(m.key, "", m.value);
    const json::Array& list = m.value.array();
    for (size_t i = 0; i < std::min(list.size(), kVariantsMax); ++i) {
      if (i == variants.size()) variants.push_back(std::to_string(i));
      if (list[i].IsNumber()) add(m.key, variants[i], list[i]);
    }
  }
  if (batch.scalars.empty()) return {};
  FURROW_ASSIGN(const bool fresh, core.events.Append({batch}, {}));
  (void)fresh;
  return {};
}

void ForgetOldMachineStats(docs::Transaction& t, Core& core, std::string_view subject, Micros last,
                           Micros now) {
  const int64_t then = DayOf(last), oldest_kept = DayOf(now) - kMachineStatsDays + 1;
  // What was kept then and is too old now.
  Forget(t, core, subject, then - kMachineStatsDays + 1, std::min(then, oldest_kept - 1));
}

void ForgetMachineStats(docs::Transaction& t, Core& core, std::string_view subject, Micros last) {
  Forget(t, core, subject, DayOf(last) - kMachineStatsDays + 1, DayOf(last));
}

Result<StatCurves> ReadMachineStats(const Core& core, std::string_view subject,
                                    std::string_view metric, int64_t from_s, int64_t to_s) {
  StatCurves out;
  // No subject has more days than these.
  const int64_t last_day = (to_s - 1) / kDaySeconds;
  const int64_t first_day = std::max(from_s / kDaySeconds, last_day - kMachineStatsDays);
  for (int64_t day = first_day; day <= last_day; ++day) {
    const std::string owner = OwnerOf(subject, day);
    FURROW_ASSIGN(const auto all, core.events.Series(owner));
    for (const events::SeriesName& series : all) {
      if (series.metric != metric) continue;
      std::vector<StatPoint>& curve = out[series.variant];
      std::optional<int64_t> after = from_s - 1;
      while (true) {
        FURROW_ASSIGN(const auto points, core.events.Scalars(owner, series.metric, series.variant,
                                                             after, kChunk, /*descending=*/false));
        for (const events::StoredScalar& p : points) {
          if (p.iter < to_s) curve.push_back({p.iter, p.value});
        }
        if (points.size() < kChunk || points.back().iter >= to_s) break;
        after = points.back().iter;
      }
    }
  }
  return out;
}

}  // namespace furrow::entities
