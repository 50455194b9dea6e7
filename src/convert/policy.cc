// SPDX-License-Identifier: Apache-2.0
#include "convert/policy.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/toml.h"
#include "edge/boom/section.h"

namespace furrow::convert {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// The worst of a figure over all slices: the least or the most, absent ones left out.
template <typename Figure>
double Worst(const Figures& f, bool least, const Figure& figure) {
  double worst = kNone;
  for (const Decisions& slice : f.by_slice) {
    for (size_t c = 0; c < 3; ++c) {
      const double value = figure(slice, c);
      if (!std::isnan(value) && !(least ? value >= worst : value <= worst)) worst = value;
    }
  }
  return worst;
}

double IouWithSource(const Figures& f) {
  return Worst(f, true, [](const Decisions& d, size_t c) { return d.iou_source[c]; });
}

double IouLost(const Figures& f) {
  return Worst(f, false, [](const Decisions& d, size_t c) {
    return d.frames_with_truth == 0 ? kNone : d.iou_truth_source[c] - d.iou_truth_result[c];
  });
}

double WorstSliceFlips(const Figures& f) {
  double worst = 0;
  for (const Decisions& slice : f.by_slice) worst = std::max(worst, slice.flips.value);
  return worst;
}

double OfOutput(const Figures& f, double OutputFigures::*member) {
  return f.output.comparable ? f.output.*member : kNone;
}

double StressNotFinite(const Figures& f) {
  double sum = 0;
  for (const StressFigures& one : f.stress) sum += static_cast<double>(one.not_finite);
  return sum;
}

double StressError(const Figures& f) {
  if (!f.output.comparable || f.stress.empty()) return kNone;
  double worst = 0;
  for (const StressFigures& one : f.stress) worst = std::max(worst, one.error_p99);
  return worst;
}

double Ratio(double a, double b) { return b > 0 ? a / b : kNone; }

bool HasTruth(const Figures& f) { return f.all.frames_with_truth > 0; }

struct GateKind {
  const char* name;
  bool at_least;
  bool needs_truth;
  std::array<double, 3> defaults;  // fp32, int8, tensorrt
  double (*figure)(const Figures&);
  const char* says;
};

constexpr GateKind kGates[] = {
    {"frames_min",
     true,
     false,
     {8, 8, 8},
     [](const Figures& f) { return static_cast<double>(f.all.frames); },
     "frames that both judged"},
    {"preprocessing_changes_max",
     false,
     false,
     {0, 0, 0},
     [](const Figures& f) { return static_cast<double>(f.preprocessing_changes.size()); },
     "members of furrow.segmentation that differ"},
    {"not_finite_max",
     false,
     false,
     {0, 0, 0},
     [](const Figures& f) { return static_cast<double>(f.output.not_finite); },
     "scores that are NaN or infinite"},
    {"stress_not_finite_max",
     false,
     false,
     {0, 0, 0},
     StressNotFinite,
     "scores that are NaN or infinite on black, white and noise"},
    {"cosine_min",
     true,
     false,
     {0.9999, 0.99, 0.999},
     [](const Figures& f) { return OfOutput(f, &OutputFigures::cosine); },
     "cosine of the scores"},
    {"error_p99_max",
     false,
     false,
     {0.01, 0.35, 0.05},
     [](const Figures& f) { return OfOutput(f, &OutputFigures::p99); },
     "99 % of the scores' errors are at most, in the scores' own size"},
    {"error_largest_max",
     false,
     false,
     {0.25, kNone, kNone},
     [](const Figures& f) { return OfOutput(f, &OutputFigures::largest); },
     "largest error of a score, in the scores' own size"},
    {"stress_error_p99_max",
     false,
     false,
     {0.02, kNone, 0.2},
     StressError,
     "the same on black, white and noise, the worst of the three"},
    {"iou_with_source_min",
     true,
     false,
     {0.99, 0.85, 0.97},
     IouWithSource,
     "intersection over union with the source, worst class of the worst slice"},
    {"cell_flips_max",
     false,
     false,
     {0.005, 0.02, 0.01},
     [](const Figures& f) { return f.all.flips.high; },
     "share of nozzle cells whose decision flips, upper end of 95 %"},
    {"slice_flips_max",
     false,
     false,
     {0.01, 0.05, 0.02},
     WorstSliceFlips,
     "share of nozzle cells whose decision flips, worst slice"},
    {"open_flips_max",
     false,
     false,
     {0.02, 0.10, 0.04},
     [](const Figures& f) { return f.all.flips_of_open.value; },
     "flipped decisions as a share of the cells that either opens"},
    {"missed_more_max",
     false,
     true,
     {0.01, 0.02, 0.01},
     [](const Figures& f) { return HasTruth(f) ? f.all.missed_more.high : kNone; },
     "share of weeds missed more than by the source, upper end of 95 %"},
    {"wasted_more_max",
     false,
     true,
     {0.005, 0.02, 0.01},
     [](const Figures& f) { return HasTruth(f) ? f.all.wasted_more.high : kNone; },
     "share of the ground sprayed in vain more than by the source, upper end of 95 %"},
    {"iou_lost_max",
     false,
     true,
     {0.01, 0.05, 0.02},
     IouLost,
     "intersection over union with the truth lost, worst class of the worst slice"},
    {"differ_again_max",
     false,
     false,
     {0, 0, 0},
     [](const Figures& f) { return f.repeated == 0 ? kNone : static_cast<double>(f.differ_again); },
     "frames with other scores when judged twice"},
    {"differ_reloaded_max",
     false,
     false,
     {0, 0, 0},
     [](const Figures& f) {
       return f.repeated == 0 ? kNone : static_cast<double>(f.differ_reloaded);
     },
     "frames with other scores after loading anew"},
    {"latency_p99_of_budget_max",
     false,
     false,
     {1, 1, 1},
     [](const Figures& f) { return Ratio(f.result.latency.busy_p99_ms, f.budget.frame_ms); },
     "p99 of a frame's processor time, as a share of its budget, on this machine"},
    {"latency_ratio_max",
     false,
     false,
     {1.5, 1.5, 1.5},
     [](const Figures& f) {
       return Ratio(f.result.latency.busy_p50_ms, f.source.latency.busy_p50_ms);
     },
     "median processor time of a frame, as a multiple of the source's"},
    {"memory_mb_max",
     false,
     false,
     {kNone, kNone, kNone},
     [](const Figures& f) { return f.result.memory_mb; },
     "resident memory in MB"},
    {"size_ratio_max",
     false,
     false,
     {1.5, 1, kNone},
     [](const Figures& f) {
       return Ratio(static_cast<double>(f.result.bytes), static_cast<double>(f.source.bytes));
     },
     "size of the file, as a multiple of the source's"},
};

constexpr std::array<const char*, 3> kTargets = {"onnxruntime-fp32", "onnxruntime-int8",
                                                 "tensorrt"};

/// The table of that name, null when it is not there.
Result<const toml::table*> TableOf(const toml::table& top, const char* name,
                                   const std::string& path) {
  const toml::node* node = top.get(name);
  if (node != nullptr && !node->is_table()) {
    return edge::Section(top, "", path).Wrong(*node, std::string(name) + ": must be a table");
  }
  return node == nullptr ? nullptr : node->as_table();
}

Status ReadGates(const toml::table& table, const std::string& path, Policy& policy) {
  edge::Section gates(table, "gates", path);
  for (Gate& gate : policy.gates) {
    // `false` takes a limit away: the figure is reported only.
    const toml::node* value = table.get(gate.name);
    if (value != nullptr && value->is_boolean()) {
      if (value->value_or(true)) return gates.Wrong(*value, "is a number, or false for no limit");
      FURROW_TRY(gates.Flag(gate.name, false).status());
      gate.limit = kNone;
      continue;
    }
    if (!gates.Has(gate.name)) continue;
    FURROW_ASSIGN(gate.limit, gates.Number(gate.name, -1e9, 1e9, 0));
  }
  return gates.Done();
}

}  // namespace

const char* TargetName(Target target) { return kTargets[static_cast<size_t>(target)]; }

Result<Target> TargetNamed(std::string_view name) {
  for (size_t i = 0; i < kTargets.size(); ++i) {
    if (name == kTargets[i]) return static_cast<Target>(i);
  }
  return Status(Code::kInvalidArgument, fmt::format("there is no target \"{}\"; there are: {}",
                                                    name, fmt::join(kTargets, ", ")));
}

Policy DefaultPolicy(Target target) {
  Policy policy;
  for (const GateKind& kind : kGates) {
    policy.gates.push_back({kind.name, kind.defaults[static_cast<size_t>(target)]});
  }
  return policy;
}

Result<Policy> ParsePolicy(std::string_view text, const std::string& path, Target target) {
  FURROW_ASSIGN(const toml::table top, ParseToml(text, path));
  Policy policy = DefaultPolicy(target);
  edge::Section file(top, "", path);
  FURROW_TRY(file.Whole("format", 1, 1, edge::kRequired).status());
  const toml::table* found = nullptr;
  FURROW_ASSIGN(found, TableOf(top, "check", path));
  if (found != nullptr) {
    edge::Section check(*found, "check", path);
    FURROW_ASSIGN(policy.frames_max, check.Whole("frames_max", 1, 100'000, policy.frames_max));
    FURROW_ASSIGN(policy.latency_runs,
                  check.Whole("latency_runs", 1, 1'000'000, policy.latency_runs));
    FURROW_ASSIGN(policy.repeats, check.Whole("repeats", 0, 1000, policy.repeats));
    FURROW_ASSIGN(policy.golden_frames, check.Whole("golden_frames", 1, 100, policy.golden_frames));
    FURROW_TRY(check.Done());
  }
  FURROW_ASSIGN(found, TableOf(top, "budget", path));
  if (found != nullptr) {
    edge::Section budget(*found, "budget", path);
    FURROW_ASSIGN(policy.speed_mps, budget.Number("speed_mps", 0.1, 20, policy.speed_mps));
    FURROW_ASSIGN(policy.other_ms, budget.Number("other_ms", 0, 1000, policy.other_ms));
    FURROW_ASSIGN(policy.cameras_per_thread,
                  budget.Whole("cameras_per_thread", 1, 64, policy.cameras_per_thread));
    FURROW_TRY(budget.Done());
  }
  FURROW_ASSIGN(found, TableOf(top, "gates", path));
  if (found != nullptr) {
    FURROW_TRY(ReadGates(*found, path, policy));
  }
  FURROW_TRY(file.Done({"check", "budget", "gates"}));
  return policy;
}

Verdict Judge(const Figures& figures, const Policy& policy) {
  Verdict verdict{.passed = true};
  for (const GateKind& kind : kGates) {
    const auto gate = std::ranges::find(policy.gates, std::string(kind.name), &Gate::name);
    GateOutcome outcome{.name = kind.name,
                        .figure = kind.figure(figures),
                        .limit = gate == policy.gates.end() ? kNone : gate->limit,
                        .at_least = kind.at_least,
                        .says = kind.says};
    if (std::isnan(outcome.limit)) {
      outcome.passed = true;
    } else if (std::isnan(outcome.figure)) {
      outcome.passed = kind.needs_truth && !HasTruth(figures);
    } else {
      outcome.passed =
          kind.at_least ? outcome.figure >= outcome.limit : outcome.figure <= outcome.limit;
    }
    verdict.passed = verdict.passed && outcome.passed;
    verdict.gates.push_back(std::move(outcome));
  }
  return verdict;
}

}  // namespace furrow::convert
