// SPDX-License-Identifier: Apache-2.0
#include "domain/rollout.h"

#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace furrow::domain {
namespace {

// What a tractor may report of itself, written out from docs/loop.md: from -> to.
const std::set<std::pair<std::string, std::string>> kReports = [] {
  std::set<std::pair<std::string, std::string>> all;
  for (const char* from : {"offered", "fetching", "verifying", "trying"}) {
    for (const char* to :
         {"fetching", "verifying", "trying", "running", "good", "refused", "rolled_back"}) {
      all.emplace(from, to);
    }
  }
  for (const char* to : {"running", "good", "refused", "rolled_back"}) all.emplace("running", to);
  all.emplace("good", "rolled_back");
  return all;
}();

TEST(Rollout, ReportsFollowTheTableAndNothingElse) {
  for (int f = 0; f < 9; ++f) {
    for (int t = 0; t < 9; ++t) {
      const auto from = static_cast<Stage>(f), to = static_cast<Stage>(t);
      EXPECT_EQ(MayReport(from, to),
                kReports.count({std::string(NameOf(from)), std::string(NameOf(to))}) == 1)
          << NameOf(from) << " -> " << NameOf(to);
    }
  }
}

TEST(Rollout, NamesRoundTrip) {
  for (int i = 0; i < 9; ++i) EXPECT_EQ(ParseStage(NameOf(Stage(i))), Stage(i));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ParseReleaseState(NameOf(ReleaseState(i))), ReleaseState(i));
  }
  EXPECT_FALSE(ParseStage("Good"));
  EXPECT_FALSE(ParseReleaseState(""));
}

std::vector<Stage> Ring(std::initializer_list<const char*> names) {
  std::vector<Stage> out;
  for (const char* name : names) out.push_back(ParseStage(name).value());
  return out;
}

Rollout At(const char* state, int ring, std::vector<std::vector<Stage>> rings) {
  Rollout r;
  r.state = ParseReleaseState(state).value();
  r.ring = ring;
  r.rings = std::move(rings);
  return r;
}

TEST(Rollout, WhatAPersonMayDo) {
  const auto waiting = Ring({"waiting", "waiting"});
  const struct {
    const char* what;
    Rollout rollout;
    bool approve, advance, advance_over, halt;
  } kTable[] = {
      {"new", At("created", -1, {waiting, waiting}), true, false, false, true},
      {"approved", At("approved", -1, {waiting, waiting}), false, true, true, true},
      {"ring 1 at work", At("rolling", 0, {Ring({"good", "trying"}), waiting}), false, false, true,
       true},
      {"ring 1 settled", At("rolling", 0, {Ring({"good", "refused"}), waiting}), false, true, true,
       true},
      {"last ring at work", At("rolling", 1, {Ring({"good"}), Ring({"running"})}), false, false,
       false, true},
      {"halted", At("halted", 0, {Ring({"good"}), waiting}), false, false, false, false},
      {"done", At("done", 0, {Ring({"good"})}), false, false, false, true},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(WhyNoApproval(row.rollout).empty(), row.approve) << row.what;
    EXPECT_EQ(WhyNoAdvance(row.rollout, false).empty(), row.advance) << row.what;
    EXPECT_EQ(WhyNoAdvance(row.rollout, true).empty(), row.advance_over) << row.what;
    EXPECT_EQ(WhyNoHalt(row.rollout).empty(), row.halt) << row.what;
  }
  EXPECT_EQ(WhyNoAdvance(kTable[2].rollout, false), "1 of 2 tractors of ring 1 are not done");
}

TEST(Rollout, WhatItDoesByItself) {
  using Kind = NextStep::Kind;
  const auto waiting = Ring({"waiting"});
  const struct {
    const char* what;
    Rollout rollout;
    int64_t refused_max;
    bool by_itself;
    Kind kind;
  } kTable[] = {
      {"not begun", At("approved", -1, {waiting}), 0, true, Kind::kNothing},
      {"at work", At("rolling", 0, {Ring({"running"}), waiting}), 0, true, Kind::kNothing},
      {"good, by hand", At("rolling", 0, {Ring({"good"}), waiting}), 0, false, Kind::kNothing},
      {"good, by itself", At("rolling", 0, {Ring({"good"}), waiting}), 0, true, Kind::kBeginRing},
      {"good, last", At("rolling", 1, {Ring({"good"}), Ring({"good"})}), 0, false, Kind::kEnd},
      {"one refused", At("rolling", 0, {Ring({"refused", "trying"})}), 0, false, Kind::kHalt},
      {"one refused may", At("rolling", 0, {Ring({"refused", "trying"})}), 1, false,
       Kind::kNothing},
      {"one refused may, all settled", At("rolling", 0, {Ring({"refused", "good"})}), 1, false,
       Kind::kEnd},
      {"one went back", At("rolling", 0, {Ring({"rolled_back", "good"}), waiting}), 0, true,
       Kind::kHalt},
      {"failures of both rings count",
       At("rolling", 1, {Ring({"refused"}), Ring({"rolled_back", "trying"})}), 1, false,
       Kind::kHalt},
      {"a ring advanced over", At("rolling", 1, {Ring({"trying"}), Ring({"good"})}), 0, false,
       Kind::kNothing},
      {"halted stays", At("halted", 0, {Ring({"refused", "good"})}), 0, true, Kind::kNothing},
      {"done stays", At("done", 0, {Ring({"rolled_back"})}), 0, true, Kind::kNothing},
  };
  for (const auto& row : kTable) {
    Rollout r = row.rollout;
    r.refused_max = row.refused_max;
    r.by_itself = row.by_itself;
    EXPECT_EQ(NextOf(r).kind, row.kind) << row.what;
    EXPECT_EQ(NextOf(r).why.empty(), row.kind != Kind::kHalt) << row.what;
  }
}

TEST(Rollout, WhichBundleIsWanted) {
  const struct {
    const char* state;
    int begun;
    size_t ring;
    Wanted wanted;
  } kTable[] = {
      {"created", -1, 0, Wanted::kNoOther}, {"approved", -1, 0, Wanted::kNoOther},
      {"rolling", 0, 0, Wanted::kNew},      {"rolling", 0, 1, Wanted::kNoOther},
      {"rolling", 1, 0, Wanted::kNew},      {"done", 1, 1, Wanted::kNew},
      {"halted", 0, 0, Wanted::kBefore},    {"halted", 0, 1, Wanted::kNoOther},
      {"halted", -1, 0, Wanted::kNoOther},
  };
  for (const auto& row : kTable) {
    EXPECT_EQ(WantedOf(ParseReleaseState(row.state).value(), row.begun, row.ring), row.wanted)
        << row.state << " " << row.begun << " " << row.ring;
  }
}

}  // namespace
}  // namespace furrow::domain
