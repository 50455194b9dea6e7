// SPDX-License-Identifier: Apache-2.0
#include "domain/health_gates.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace furrow::domain {
namespace {

constexpr std::array<GateRow, kGateCount> kTable = {{
    {"watch_s", true, 600, 30 * 86400.0, "seconds a tractor is watched before it is good"},
    {"frames_min", true, 100, 1e12, "frames it must have judged meanwhile"},
    {"slack_p1_ms_min", true, 0, 1e6, "least first percentile of a frame's slack, ms"},
    {"missed_per_million_max", false, 1000, 1e6, "frames judged too late, of a million"},
    {"dropped_share_max", false, 0.05, 1, "share of frames lost"},
    {"alarms_max", false, std::nullopt, 1e12, "alarms raised while watched"},
    {"disagreement_max", false, std::nullopt, 1, "share of cells decided otherwise in shadow"},
    {"refused_max", false, 0, 1e6, "tractors that refuse the bundle or go back"},
    {"sprayed_share_max", false, std::nullopt, 1, "share of the ground that is sprayed"},
}};

std::optional<double> NumberIn(const json::Value& object, std::string_view member) {
  const json::Value& v = object.At(member);
  if (!v.IsNumber() || !std::isfinite(v.AsDouble())) return std::nullopt;
  return v.AsDouble();
}

Counters CountersIn(const json::Value& state) {
  const auto count = [&](std::string_view member) {
    return std::max<int64_t>(0, state.At(member).AsInt());
  };
  return {count("frames"), count("dropped"), count("missed"), count("alarms")};
}

json::Value ToJson(const Counters& c) {
  return json::Object{
      {"frames", c.frames}, {"dropped", c.dropped}, {"missed", c.missed}, {"alarms", c.alarms}};
}

void AddRise(int64_t& sum, int64_t& last, int64_t now) {
  sum += now >= last ? now - last : now;
  last = now;
}

void TakeMoments(Health& health, const json::Value& state) {
  if (const auto slack = NumberIn(state.At("slack_ms"), "p1")) {
    health.slack_p1_ms = std::min(*slack, health.slack_p1_ms.value_or(*slack));
  }
  if (const auto share = NumberIn(state, "disagreement")) health.disagreement = share;
  if (const auto share = NumberIn(state, "sprayed_share")) health.sprayed_share = share;
}

json::Value Optional(std::optional<double> number) {
  return number ? json::Value(*number) : json::Value();
}

std::optional<double> FigureOf(Gate gate, const Health& health) {
  const Counters& sum = health.sum;
  const bool enough = sum.frames >= kRatioFramesMin;
  switch (gate) {
    case Gate::kSlackP1MsMin:
      return health.slack_p1_ms;
    case Gate::kMissedPerMillion:
      if (!enough) return std::nullopt;
      return 1e6 * static_cast<double>(sum.missed) / static_cast<double>(sum.frames);
    case Gate::kDroppedShare:
      if (!enough) return std::nullopt;
      return static_cast<double>(sum.dropped) / static_cast<double>(sum.frames + sum.dropped);
    case Gate::kAlarms:
      return static_cast<double>(sum.alarms);
    case Gate::kDisagreement:
      return health.disagreement;
    case Gate::kSprayedShare:
      return health.sprayed_share;
    case Gate::kWatchS:     // of time, not of a figure
    case Gate::kFramesMin:  // says when, not whether
    case Gate::kRefused:    // of the release, not of a tractor
    case Gate::kCount_:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string Short(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", number);
  return text;
}

}  // namespace

std::span<const GateRow, kGateCount> GateTable() { return kTable; }

Result<Gates> ReadGates(const json::Value& named) {
  Gates gates;
  for (size_t i = 0; i < kGateCount; ++i) gates.limits[i] = kTable[i].standard;
  if (named.IsNull()) return gates;
  if (!named.IsObject()) return Status(Code::kInvalidArgument, "gates is an object of numbers");
  for (const json::Member& m : named.object()) {
    const auto row = std::find_if(kTable.begin(), kTable.end(),
                                  [&](const GateRow& r) { return r.name == m.key; });
    if (row == kTable.end()) {
      return Status(Code::kInvalidArgument, "gates: there is no gate '" + m.key + "'");
    }
    std::optional<double>& limit = gates.limits[static_cast<size_t>(row - kTable.begin())];
    if (m.value.IsNull()) {
      limit.reset();
      continue;
    }
    // Slack alone may be allowed to be below zero.
    const double lowest = row->name == "slack_p1_ms_min" ? -row->highest : 0;
    const std::optional<double> number = NumberIn(named, m.key);
    if (!number || *number < lowest || *number > row->highest) {
      return Status(Code::kInvalidArgument, "gates: " + m.key + " is a number from " +
                                                Short(lowest) + " to " + Short(row->highest) +
                                                ", or null");
    }
    limit = number;
  }
  return gates;
}

json::Value ToJson(const Gates& gates) {
  json::Value out = json::Object{};
  for (size_t i = 0; i < kGateCount; ++i) out[kTable[i].name] = Optional(gates.limits[i]);
  return out;
}

Health BeginWatch(const json::Value& state, Micros now) {
  Health health;
  health.since = now;
  health.last = CountersIn(state);
  TakeMoments(health, state);
  return health;
}

void Watch(Health& health, const json::Value& state) {
  const Counters now = CountersIn(state);
  AddRise(health.sum.frames, health.last.frames, now.frames);
  AddRise(health.sum.dropped, health.last.dropped, now.dropped);
  AddRise(health.sum.missed, health.last.missed, now.missed);
  AddRise(health.sum.alarms, health.last.alarms, now.alarms);
  TakeMoments(health, state);
}

json::Value ToJson(const Health& health) {
  return json::Object{{"since", FormatTime(health.since)},
                      {"last", ToJson(health.last)},
                      {"sum", ToJson(health.sum)},
                      {"slack_p1_ms", Optional(health.slack_p1_ms)},
                      {"disagreement", Optional(health.disagreement)},
                      {"sprayed_share", Optional(health.sprayed_share)}};
}

Health ReadHealth(const json::Value& stored) {
  return {.since = ParseTime(stored.At("since").AsString()).value_or(0),
          .last = CountersIn(stored.At("last")),
          .sum = CountersIn(stored.At("sum")),
          .slack_p1_ms = NumberIn(stored, "slack_p1_ms"),
          .disagreement = NumberIn(stored, "disagreement"),
          .sprayed_share = NumberIn(stored, "sprayed_share")};
}

std::vector<Figure> Judge(const Gates& gates, const Health& health) {
  std::vector<Figure> figures;
  for (size_t i = 0; i < kGateCount; ++i) {
    const auto gate = static_cast<Gate>(i);
    const std::optional<double> limit = gates[gate];
    const std::optional<double> figure = FigureOf(gate, health);
    if (!limit || !figure) continue;
    const bool broken = kTable[i].at_least ? *figure < *limit : *figure > *limit;
    figures.push_back({gate, *figure, *limit, broken});
  }
  return figures;
}

bool WatchedEnough(const Gates& gates, const Health& health, Micros now) {
  const double watched_s = static_cast<double>(now - health.since) / 1e6;
  return watched_s >= gates[Gate::kWatchS].value_or(0) &&
         static_cast<double>(health.sum.frames) >= gates[Gate::kFramesMin].value_or(0);
}

std::string Describe(const Figure& figure) {
  const GateRow& row = kTable[static_cast<size_t>(figure.gate)];
  const char* sign = figure.broken == row.at_least ? " < " : " > ";
  return std::string(row.name) + " " + Short(figure.figure) + sign + Short(figure.limit);
}

}  // namespace furrow::domain
