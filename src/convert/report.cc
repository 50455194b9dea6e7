// SPDX-License-Identifier: Apache-2.0
#include "convert/report.h"

#include <cmath>

#include <fmt/format.h>

namespace furrow::convert {
namespace {

/// Null for what could not be measured.
json::Value Number(double value) {
  return std::isfinite(value) ? json::Value(value) : json::Value();
}

json::Value JsonOf(const Interval& interval) {
  return json::Object{{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

json::Value ByClass(const std::array<double, 3>& values) {
  json::Object by;
  for (size_t c = 0; c < 3; ++c) by[kClassNames[c]] = Number(values[c]);
  return by;
}

json::Value JsonOf(const Confusion& pixels) {
  json::Array rows;
  for (const auto& row : pixels) {
    json::Array cells;
    for (const uint64_t count : row) cells.emplace_back(count);
    rows.emplace_back(std::move(cells));
  }
  return rows;
}

json::Object JsonOf(const Decisions& d) {
  const FrameTally& s = d.sum;
  json::Object out{{"frames", d.frames},
                   {"frames_with_truth", d.frames_with_truth},
                   {"cells", s.cells},
                   {"open_source", s.open_source},
                   {"open_result", s.open_result},
                   {"flips", s.flips},
                   {"flip_share", JsonOf(d.flips)},
                   {"flip_share_of_open", JsonOf(d.flips_of_open)},
                   {"iou_with_source", ByClass(d.iou_source)},
                   {"pixels_source_result", JsonOf(s.source_result)}};
  if (d.frames_with_truth == 0) return out;
  out["weeds"] = s.weeds;
  out["missed_source"] = s.missed_source;
  out["missed_result"] = s.missed_result;
  out["missed_more"] = JsonOf(d.missed_more);
  out["wasted_source"] = s.wasted_source;
  out["wasted_result"] = s.wasted_result;
  out["wasted_more"] = JsonOf(d.wasted_more);
  out["iou_source_with_truth"] = ByClass(d.iou_truth_source);
  out["iou_result_with_truth"] = ByClass(d.iou_truth_result);
  out["pixels_truth_source"] = JsonOf(s.truth_source);
  out["pixels_truth_result"] = JsonOf(s.truth_result);
  return out;
}

json::Value JsonOf(const ModelFigures& model) {
  json::Array curve;
  for (const double ms : model.latency.curve_ms) curve.emplace_back(ms);
  return json::Object{{"sha256", model.sha256},
                      {"bytes", model.bytes},
                      {"memory_mb", model.memory_mb},
                      {"latency", json::Object{{"runs", model.latency.runs},
                                               {"p50_ms", model.latency.p50_ms},
                                               {"p99_ms", model.latency.p99_ms},
                                               {"p999_ms", model.latency.p999_ms},
                                               {"largest_ms", model.latency.largest_ms},
                                               {"busy_p50_ms", model.latency.busy_p50_ms},
                                               {"busy_p99_ms", model.latency.busy_p99_ms},
                                               {"curve_ms", std::move(curve)}}}};
}

json::Value OutputJson(const OutputFigures& o) {
  if (!o.comparable) {
    return json::Object{{"name", o.name},
                        {"comparable", false},
                        {"why_not", o.why_not},
                        {"not_finite", o.not_finite}};
  }
  return json::Object{{"name", o.name},
                      {"comparable", true},
                      {"values", o.values},
                      {"source_rms", o.source_rms},
                      {"error_largest", o.largest},
                      {"error_mean", o.mean},
                      {"error_p99", o.p99},
                      {"cosine", o.cosine},
                      {"not_finite", o.not_finite},
                      {"source_not_finite", o.source_not_finite}};
}

}  // namespace

std::string VerdictLine(const Verdict& verdict) {
  std::string failed;
  for (const GateOutcome& gate : verdict.gates) {
    if (!gate.passed) failed += (failed.empty() ? "failed: " : ", ") + gate.name;
  }
  return verdict.passed ? "passed" : failed;
}

std::string VerdictText(const Verdict& verdict) {
  std::string text;
  for (const GateOutcome& gate : verdict.gates) {
    const std::string figure =
        std::isnan(gate.figure) ? "not measured" : fmt::format("{:.6g}", gate.figure);
    const std::string limit =
        std::isnan(gate.limit) ? "no limit"
                               : fmt::format("{} {:.6g}", gate.at_least ? ">=" : "<=", gate.limit);
    text += fmt::format("{:<7} {:<26} {:>12}  {:<12} {}\n", gate.passed ? "ok" : "FAILED",
                        gate.name, figure, limit, gate.says);
  }
  return text;
}

json::Value ReportJson(const About& about, const Figures& f, const Policy& policy,
                       const Verdict& verdict, const GoldenMade& golden) {
  json::Array gates, slices, stress, changes, notes;
  for (const GateOutcome& gate : verdict.gates) {
    gates.emplace_back(json::Object{{"name", gate.name},
                                    {"figure", Number(gate.figure)},
                                    {"limit", Number(gate.limit)},
                                    {"at_least", gate.at_least},
                                    {"passed", gate.passed},
                                    {"says", gate.says}});
  }
  for (size_t i = 0; i < f.by_slice.size(); ++i) {
    json::Object slice = JsonOf(f.by_slice[i]);
    slice["name"] = f.slices[i];
    slices.emplace_back(std::move(slice));
  }
  for (const StressFigures& one : f.stress) {
    stress.emplace_back(json::Object{
        {"name", one.name}, {"not_finite", one.not_finite}, {"error_p99", one.error_p99}});
  }
  for (const std::string& change : f.preprocessing_changes) changes.emplace_back(change);
  for (const std::string& note : about.notes) notes.emplace_back(note);
  return json::Object{{"format", 1},
                      {"verdict", verdict.passed ? "passed" : "failed"},
                      {"line", VerdictLine(verdict)},
                      {"created_at", about.created_at},
                      {"furrow", FURROW_VERSION},
                      {"target", TargetName(about.target)},
                      {"how", about.how},
                      {"method", about.method},
                      {"area_min_px", about.area_min_px},
                      {"runtime", about.runtime},
                      {"machine", about.machine},
                      {"boom", json::Object{{"file", about.boom_file},
                                            {"name", about.boom_name},
                                            {"sha256", about.boom_sha256}}},
                      {"data", about.data_folder},
                      {"policy", about.policy_file},
                      {"notes", std::move(notes)},
                      {"gates", std::move(gates)},
                      {"source", JsonOf(f.source)},
                      {"result", JsonOf(f.result)},
                      {"output", OutputJson(f.output)},
                      {"preprocessing_changes", std::move(changes)},
                      {"all", JsonOf(f.all)},
                      {"slices", std::move(slices)},
                      {"stress", std::move(stress)},
                      {"determinism", json::Object{{"frames", f.repeated},
                                                   {"differ_again", f.differ_again},
                                                   {"differ_reloaded", f.differ_reloaded}}},
                      {"budget", json::Object{{"speed_mps", f.budget.speed_mps},
                                              {"other_ms", policy.other_ms},
                                              {"deadline_ms", f.budget.deadline_ms},
                                              {"period_ms", f.budget.period_ms},
                                              {"frame_ms", f.budget.frame_ms}}},
                      {"golden", json::Object{{"frames", golden.frames},
                                              {"cells", golden.cells},
                                              {"open", golden.open},
                                              {"differ", golden.differ}}}};
}

}  // namespace furrow::convert
