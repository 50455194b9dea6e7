// SPDX-License-Identifier: Apache-2.0
#include "convert/policy.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

namespace furrow::convert {
namespace {

/// Of a conversion that changed nothing.
Figures Perfect() {
  Figures f;
  f.output = {.name = "scores", .comparable = true, .values = 100, .source_rms = 1, .cosine = 1};
  f.all.frames = f.all.frames_with_truth = 8;
  f.all.iou_source = f.all.iou_truth_source = f.all.iou_truth_result = {1, 1, 1};
  f.by_slice = {f.all};
  f.slices = {"field"};
  f.stress = {{.name = "black"}};
  f.repeated = 4;
  f.budget.frame_ms = 50;
  f.source = {.bytes = 100, .latency = {.runs = 1, .busy_p50_ms = 10, .busy_p99_ms = 12}};
  f.result = f.source;
  return f;
}

std::vector<std::string> Failed(const Figures& f, const Policy& policy) {
  std::vector<std::string> failed;
  for (const GateOutcome& gate : Judge(f, policy).gates) {
    if (!gate.passed) failed.push_back(gate.name);
  }
  return failed;
}

TEST(Judge, PassesWhatChangedNothing) {
  for (const Target target : {Target::kFp32, Target::kInt8, Target::kTensorRt}) {
    EXPECT_TRUE(Judge(Perfect(), DefaultPolicy(target)).passed);
    EXPECT_EQ(Failed(Perfect(), DefaultPolicy(target)), std::vector<std::string>());
  }
}

TEST(Judge, EachGateStandsForItsFigure) {
  using Change = void (*)(Figures&);
  const struct {
    const char* gate;
    Change change;
  } rows[] = {
      {"frames_min", [](Figures& f) { f.all.frames = 7; }},
      {"preprocessing_changes_max", [](Figures& f) { f.preprocessing_changes = {"mean"}; }},
      {"not_finite_max", [](Figures& f) { f.output.not_finite = 1; }},
      {"stress_not_finite_max", [](Figures& f) { f.stress[0].not_finite = 1; }},
      {"cosine_min", [](Figures& f) { f.output.cosine = 0.9998; }},
      {"error_p99_max", [](Figures& f) { f.output.p99 = 0.02; }},
      {"error_largest_max", [](Figures& f) { f.output.largest = 0.3; }},
      {"stress_error_p99_max", [](Figures& f) { f.stress[0].error_p99 = 0.03; }},
      {"iou_with_source_min", [](Figures& f) { f.by_slice[0].iou_source[2] = 0.9; }},
      {"cell_flips_max",
       [](Figures& f) {
         f.all.flips = {0.001, 0, 0.006};
       }},
      {"slice_flips_max", [](Figures& f) { f.by_slice[0].flips.value = 0.02; }},
      {"open_flips_max", [](Figures& f) { f.all.flips_of_open.value = 0.03; }},
      {"missed_more_max",
       [](Figures& f) {
         f.all.missed_more = {0, 0, 0.02};
       }},
      {"wasted_more_max",
       [](Figures& f) {
         f.all.wasted_more = {0, 0, 0.01};
       }},
      {"iou_lost_max", [](Figures& f) { f.by_slice[0].iou_truth_result[1] = 0.9; }},
      {"differ_again_max", [](Figures& f) { f.differ_again = 1; }},
      {"differ_reloaded_max", [](Figures& f) { f.differ_reloaded = 1; }},
      {"latency_p99_of_budget_max", [](Figures& f) { f.result.latency.busy_p99_ms = 51; }},
      {"latency_ratio_max", [](Figures& f) { f.result.latency.busy_p50_ms = 16; }},
      {"size_ratio_max", [](Figures& f) { f.result.bytes = 200; }},
  };
  const Policy policy = DefaultPolicy(Target::kFp32);
  for (const auto& row : rows) {
    Figures f = Perfect();
    row.change(f);
    EXPECT_EQ(Failed(f, policy), std::vector<std::string>({row.gate}));
  }
  // Every gate is in the table, but for memory, which has no limit unless somebody sets one.
  EXPECT_EQ(policy.gates.size(), std::size(rows) + 1);
}

TEST(Judge, WhatWasNotMeasuredWasNotProved) {
  Figures f = Perfect();
  f.output.comparable = false;
  f.repeated = 0;
  EXPECT_EQ(Failed(f, DefaultPolicy(Target::kFp32)),
            std::vector<std::string>({"cosine_min", "error_p99_max", "error_largest_max",
                                      "stress_error_p99_max", "differ_again_max",
                                      "differ_reloaded_max"}));
}

TEST(Judge, WithoutTruthItsGatesRest) {
  Figures f = Perfect();
  f.all.frames_with_truth = f.by_slice[0].frames_with_truth = 0;
  EXPECT_TRUE(Judge(f, DefaultPolicy(Target::kFp32)).passed);
}

TEST(ParsePolicy, ChangesWhatItNames) {
  const auto policy = ParsePolicy(R"(format = 1
[check]
frames_max = 12
[budget]
speed_mps = 3.5
[gates]
cosine_min = 0.5
memory_mb_max = 64
latency_ratio_max = false
)",
                                  "p.toml", Target::kInt8);
  ASSERT_TRUE(policy.ok()) << policy.status().ToString();
  EXPECT_EQ(policy->frames_max, 12);
  EXPECT_EQ(policy->repeats, Policy().repeats);
  EXPECT_EQ(policy->speed_mps, 3.5);
  const auto limit = [&](const char* name) {
    return std::ranges::find(policy->gates, std::string(name), &Gate::name)->limit;
  };
  EXPECT_EQ(limit("cosine_min"), 0.5);
  EXPECT_EQ(limit("memory_mb_max"), 64);
  EXPECT_TRUE(std::isnan(limit("latency_ratio_max")));
  EXPECT_EQ(limit("cell_flips_max"), 0.02);
  Figures f = Perfect();
  f.result.memory_mb = 65;
  f.result.latency.busy_p50_ms = 40;
  EXPECT_EQ(Failed(f, *policy), std::vector<std::string>({"memory_mb_max"}));
}

TEST(ParsePolicy, ErrorsNameThePlace) {
  const auto message = [](const std::string& text) {
    return ParsePolicy("format = 1\n" + text, "p.toml", Target::kFp32).status().message();
  };
  EXPECT_EQ(message("[gates]\ncosine = 1\n").rfind("p.toml:3:", 0), 0U) << message("[gates]\nc=1");
  EXPECT_EQ(message("[gates]\ncosine_min = \"high\"\n").rfind("p.toml:3:", 0), 0U);
  EXPECT_EQ(message("[gates]\ncosine_min = true\n").rfind("p.toml:3:", 0), 0U);
  EXPECT_EQ(message("gates = 1\n").rfind("p.toml:2:", 0), 0U);
  EXPECT_EQ(message("check = 1\n").rfind("p.toml:2:", 0), 0U);
  EXPECT_EQ(message("[check]\nframes_max = 0\n").rfind("p.toml:3:", 0), 0U);
  EXPECT_EQ(message("[gate]\n").rfind("p.toml:2:", 0), 0U);
  EXPECT_FALSE(ParsePolicy("[gates]\n", "p.toml", Target::kFp32).ok()) << "has no format";
}

TEST(TargetNamed, KnowsItsNames) {
  EXPECT_EQ(*TargetNamed("onnxruntime-int8"), Target::kInt8);
  EXPECT_EQ(std::string(TargetName(Target::kTensorRt)), "tensorrt");
  EXPECT_NE(TargetNamed("cuda").status().message().find("onnxruntime-fp32"), std::string::npos);
}

}  // namespace
}  // namespace furrow::convert
