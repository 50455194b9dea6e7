// SPDX-License-Identifier: Apache-2.0
// The health gates of a release: limits on the figures that a tractor reports after a new bundle
// has begun to decide, and what those figures say. Pure.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "json/value.h"

namespace furrow::domain {

enum class Gate : uint8_t {
  kWatchS,            ///< how long a tractor is watched, seconds
  kFramesMin,         ///< frames it must have judged meanwhile
  kSlackP1MsMin,      ///< the first percentile of what is left of a frame's time
  kMissedPerMillion,  ///< frames that came too late, of a million judged
  kDroppedShare,      ///< frames lost, of those taken
  kAlarms,            ///< alarms raised
  kDisagreement,      ///< nozzle cells decided otherwise than by the present model, in shadow
  kRefused,           ///< tractors of the release that refuse it or go back
  kSprayedShare,      ///< ground sprayed, of that passed over
  kCount_
};
inline constexpr size_t kGateCount = static_cast<size_t>(Gate::kCount_);

struct GateRow {
  std::string_view name;           ///< as on the wire
  bool at_least;                   ///< a figure below the limit breaks it; else one above
  std::optional<double> standard;  ///< the limit of a release that names none; nullopt: no limit
  double highest;                  ///< no limit may be beyond this
  std::string_view meaning;
};
/// One row a gate, in the order of Gate.
std::span<const GateRow, kGateCount> GateTable();

/// The limits of one release.
struct Gates {
  std::array<std::optional<double>, kGateCount> limits;
  std::optional<double> operator[](Gate gate) const { return limits[static_cast<size_t>(gate)]; }
};

/// Limits as a request names them: an object of numbers, null for "no limit"; what it does not name
/// has the table's. Errors: kInvalidArgument naming the gate that is unknown, no number or out of
/// range.
Result<Gates> ReadGates(const json::Value& named);
/// Every gate, null where there is no limit.
json::Value ToJson(const Gates& gates);

/// Counters as a tractor reports them: since its program began.
struct Counters {
  int64_t frames = 0, dropped = 0, missed = 0, alarms = 0;
};

/// What was seen of a tractor since it began to run a bundle. Counters that fell (its program began
/// anew) go on from zero.
struct Health {
  Micros since = 0;
  Counters last;                                      ///< as reported last
  Counters sum;                                       ///< since `since`
  std::optional<double> slack_p1_ms;                  ///< the least reported
  std::optional<double> disagreement, sprayed_share;  ///< the newest
};

/// The state of a heartbeat, the first with the new bundle.
Health BeginWatch(const json::Value& state, Micros now);
/// A later one.
void Watch(Health& health, const json::Value& state);
json::Value ToJson(const Health& health);
Health ReadHealth(const json::Value& stored);

struct Figure {
  Gate gate;
  double figure = 0;
  double limit = 0;
  bool broken = false;
};
/// Each gate of a tractor that has a limit and a figure, in the table's order. Ratios are not
/// formed of fewer than kRatioFramesMin frames.
std::vector<Figure> Judge(const Gates& gates, const Health& health);
inline constexpr int64_t kRatioFramesMin = 100;

/// Long enough, and enough seen.
bool WatchedEnough(const Gates& gates, const Health& health, Micros now);

/// "missed_per_million_max 5210 > 1000", for the audit trail.
std::string Describe(const Figure& figure);

}  // namespace furrow::domain
