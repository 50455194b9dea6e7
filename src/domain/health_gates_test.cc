// SPDX-License-Identifier: Apache-2.0
#include "domain/health_gates.h"

#include <gtest/gtest.h>

#include "json/text.h"

namespace furrow::domain {
namespace {

json::Value J(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? std::move(value).value() : json::Value();
}

Gates G(std::string_view text) {
  auto gates = ReadGates(J(text));
  EXPECT_TRUE(gates.ok()) << gates.status().ToString();
  return gates.ok() ? *gates : Gates();
}

constexpr Micros kBegan = 1'795'000'000'000'000;

TEST(HealthGates, LimitsAreTheTablesUnlessNamed) {
  const Gates standard = G("null");
  EXPECT_EQ(standard[Gate::kWatchS], 600);
  EXPECT_EQ(standard[Gate::kRefused], 0);
  EXPECT_EQ(standard[Gate::kAlarms], std::nullopt);
  const Gates named = G(R"({"watch_s": 5, "alarms_max": 2, "missed_per_million_max": null,
                            "slack_p1_ms_min": -3.5})");
  EXPECT_EQ(named[Gate::kWatchS], 5);
  EXPECT_EQ(named[Gate::kAlarms], 2);
  EXPECT_EQ(named[Gate::kMissedPerMillion], std::nullopt);
  EXPECT_EQ(named[Gate::kSlackP1MsMin], -3.5);
  EXPECT_EQ(named[Gate::kRefused], 0);
  // What is kept reads back the same.
  const auto again = ReadGates(ToJson(named));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->limits, named.limits);
}

TEST(HealthGates, BadLimitsAreNamed) {
  const struct {
    const char* gates;
    const char* named;
  } kTable[] = {
      {R"({"alarm_max": 1})", "alarm_max"},
      {R"({"alarms_max": "1"})", "alarms_max"},
      {R"({"alarms_max": -1})", "alarms_max"},
      {R"({"dropped_share_max": 1.5})", "dropped_share_max"},
      {R"({"dropped_share_max": NaN})", "dropped_share_max"},
      {R"({"watch_s": 1e9})", "watch_s"},
      {R"({"watch_s": true})", "watch_s"},
      {"[]", "gates"},
  };
  for (const auto& row : kTable) {
    const auto read = ReadGates(J(row.gates));
    ASSERT_FALSE(read.ok()) << row.gates;
    EXPECT_NE(read.status().message().find(row.named), std::string::npos) << row.gates;
  }
}

TEST(HealthGates, EachGateBreaksOnItsOwnFigure) {
  const struct {
    const char* gates;  // beside gates that nothing breaks
    const char* state;  // after {frames 1000, all else 0}
    const char* broken;
  } kTable[] = {
      {R"({"slack_p1_ms_min": 2})", R"({"slack_ms": {"p1": 1.9}})", "slack_p1_ms_min"},
      {R"({"slack_p1_ms_min": 2})", R"({"slack_ms": {"p1": 2}})", ""},
      {R"({"slack_p1_ms_min": 2})", "{}", ""},
      {R"({"missed_per_million_max": 1000})", R"({"frames": 2000, "missed": 1})", ""},
      {R"({"missed_per_million_max": 1000})", R"({"frames": 2000, "missed": 2})",
       "missed_per_million_max"},
      {R"({"missed_per_million_max": 1000})", R"({"frames": 1099, "missed": 99})", ""},
      {R"({"dropped_share_max": 0.1})", R"({"frames": 1900, "dropped": 100})", ""},
      {R"({"dropped_share_max": 0.1})", R"({"frames": 1900, "dropped": 101})", "dropped_share_max"},
      {R"({"alarms_max": 1})", R"({"alarms": 1})", ""},
      {R"({"alarms_max": 1})", R"({"alarms": 2})", "alarms_max"},
      {R"({"disagreement_max": 0.2})", R"({"disagreement": 0.21})", "disagreement_max"},
      {R"({"disagreement_max": 0.2})", R"({"disagreement": 0.2})", ""},
      {R"({"sprayed_share_max": 0.4})", R"({"sprayed_share": 0.5})", "sprayed_share_max"},
      {R"({"sprayed_share_max": null})", R"({"sprayed_share": 1})", ""},
  };
  for (const auto& row : kTable) {
    Gates gates = G(R"({"slack_p1_ms_min": null, "missed_per_million_max": null,
                        "dropped_share_max": null})");
    const Gates named = G(row.gates);
    const json::Value names = J(row.gates);
    for (const json::Member& m : names.object()) {
      for (size_t i = 0; i < kGateCount; ++i) {
        if (GateTable()[i].name == m.key) gates.limits[i] = named.limits[i];
      }
    }
    Health health = BeginWatch(J(R"({"frames": 1000})"), kBegan);
    json::Value state = J(row.state);
    if (state.At("frames").IsNull()) state["frames"] = 1500;
    Watch(health, state);
    std::string broken;
    for (const Figure& f : Judge(gates, health)) {
      if (f.broken) broken += std::string(GateTable()[static_cast<size_t>(f.gate)].name);
    }
    EXPECT_EQ(broken, row.broken) << row.gates << " " << row.state;
  }
}

TEST(HealthGates, CountersThatBeganAnewAreAddedUp) {
  Health health = BeginWatch(J(R"({"frames": 5000, "missed": 70})"), kBegan);
  Watch(health, J(R"({"frames": 6000, "missed": 71})"));
  Watch(health, J(R"({"frames": 300, "missed": 2})"));  // the program began anew
  Watch(health, J(R"({"frames": 400, "missed": 2})"));
  EXPECT_EQ(health.sum.frames, 1400);
  EXPECT_EQ(health.sum.missed, 3);
  const Health again = ReadHealth(ToJson(health));
  EXPECT_EQ(again.sum.frames, 1400);
  EXPECT_EQ(again.last.frames, 400);
  EXPECT_EQ(again.since, kBegan);
}

TEST(HealthGates, HostileFiguresBreakNothing) {
  Health health = BeginWatch(J(R"({"frames": "many", "missed": -5})"), kBegan);
  Watch(health, J(R"({"frames": -1, "slack_ms": {"p1": NaN}, "disagreement": Infinity})"));
  EXPECT_EQ(health.sum.frames, 0);
  EXPECT_FALSE(health.slack_p1_ms);
  EXPECT_FALSE(health.disagreement);
}

TEST(HealthGates, WatchedEnoughIsTimeAndFrames) {
  const Gates gates = G(R"({"watch_s": 10, "frames_min": 50})");
  Health health = BeginWatch(J(R"({"frames": 0})"), kBegan);
  Watch(health, J(R"({"frames": 50})"));
  EXPECT_FALSE(WatchedEnough(gates, health, kBegan + 9'999'999));
  EXPECT_TRUE(WatchedEnough(gates, health, kBegan + 10'000'000));
  health.sum.frames = 49;
  EXPECT_FALSE(WatchedEnough(gates, health, kBegan + 10'000'000));
}

TEST(HealthGates, ABrokenGateSaysHow) {
  EXPECT_EQ(Describe({Gate::kMissedPerMillion, 5210, 1000, true}),
            "missed_per_million_max 5210 > 1000");
  EXPECT_EQ(Describe({Gate::kSlackP1MsMin, -2.5, 0, true}), "slack_p1_ms_min -2.5 < 0");
}

}  // namespace
}  // namespace furrow::domain
