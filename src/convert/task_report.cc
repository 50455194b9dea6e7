// SPDX-License-Identifier: Apache-2.0
#include "convert/task_report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/sha256.h"
#include "base/time.h"
#include "edge/boom/text_file.h"
#include "infer/model.h"
#include "json/text.h"

namespace furrow::convert {
namespace fs = std::filesystem;

std::string TaskName(const ConvertOptions& options) {
  return fmt::format("convert {} to {}", fs::path(options.model).stem().string(),
                     TargetName(options.target));
}

Result<std::string> FindProject(client::Session& session, const std::string& name) {
  FURROW_ASSIGN(const json::Value found,
                session.Call("projects.get_all_ex",
                             json::Object{{"search_hidden", true},
                                          {"only_fields", json::Array{"id", "name"}},
                                          {"page", 0},
                                          {"page_size", 500},
                                          {"_any_", json::Object{{"fields", json::Array{"name"}},
                                                                 {"pattern", name}}}}));
  for (const json::Value& project : found.At("projects").array()) {
    if (project.At("name").AsString() == name) return project.At("id").AsString();
  }
  FURROW_ASSIGN(const json::Value made,
                session.Call("projects.create",
                             json::Object{{"name", name}, {"description", "Conversions"}}));
  return made.At("id").AsString();
}

namespace {

Result<std::string> MakeTask(client::Session& session, const std::string& project,
                             const ConvertOptions& options) {
  FURROW_ASSIGN(const std::string id, FindProject(session, project));
  FURROW_ASSIGN(
      const json::Value made,
      session.Call("tasks.create",
                   json::Object{{"name", TaskName(options)},
                                {"type", "qc"},
                                {"project", id},
                                {"script", json::Object{{"entry_point", "furrow convert"}}}}));
  const std::string& task = made.At("id").AsString();
  FURROW_TRY(session.Call("tasks.started", json::Object{{"task", task}}).status());
  return task;
}

/// Lines of events.add_batch.
class Events {
 public:
  explicit Events(std::string task) : task_(std::move(task)) {}

  void Scalar(const std::string& metric, const std::string& variant, double value) {
    if (!std::isfinite(value)) return;
    lines_.emplace_back(json::Object{{"type", "training_stats_scalar"},
                                     {"task", task_},
                                     {"iter", 0},
                                     {"metric", metric},
                                     {"variant", variant},
                                     {"value", value}});
  }
  void Plot(const std::string& metric, const std::string& variant, json::Array data,
            json::Object layout) {
    lines_.emplace_back(json::Object{
        {"type", "plot"},
        {"task", task_},
        {"iter", 0},
        {"metric", metric},
        {"variant", variant},
        {"plot_str",
         json::Write(json::Object{{"data", std::move(data)}, {"layout", std::move(layout)}},
                     json::NonFinite::kNull)}});
  }
  void Line(const std::string& text) {
    lines_.emplace_back(json::Object{{"type", "log"}, {"task", task_}, {"msg", text}});
  }
  Status Send(client::Session& session) {
    return session.CallBatch("events.add_batch", lines_).status();
  }

 private:
  const std::string task_;
  json::Array lines_;
};

json::Value Trace(const char* kind, const std::string& name, json::Array x, json::Array y) {
  return json::Object{{"type", kind}, {"name", name}, {"x", std::move(x)}, {"y", std::move(y)}};
}

void AddScalars(const Converted& done, Events& events) {
  const Figures& f = done.figures;
  for (const GateOutcome& gate : done.verdict.gates) {
    events.Scalar("gates", gate.name, gate.figure);
    events.Scalar("limits", gate.name, gate.limit);
    events.Scalar("passed", gate.name, gate.passed ? 1 : 0);
  }
  events.Scalar("passed", "all", done.verdict.passed ? 1 : 0);
  for (size_t i = 0; i < f.by_slice.size(); ++i) {
    const Decisions& d = f.by_slice[i];
    events.Scalar("flip share", f.slices[i], d.flips.value);
    if (d.frames_with_truth == 0) continue;
    events.Scalar("missed more", f.slices[i], d.missed_more.value);
    events.Scalar("wasted more", f.slices[i], d.wasted_more.value);
    for (size_t c = 1; c < 3; ++c) {
      events.Scalar(std::string("iou ") + kClassNames[c], f.slices[i], d.iou_truth_result[c]);
    }
  }
  for (const bool source : {true, false}) {
    const ModelFigures& model = source ? f.source : f.result;
    const char* who = source ? "source" : "result";
    events.Scalar("frame p50 ms", who, model.latency.p50_ms);
    events.Scalar("frame p99 ms", who, model.latency.p99_ms);
    events.Scalar("frame p99.9 ms", who, model.latency.p999_ms);
    events.Scalar("memory MB", who, model.memory_mb);
    events.Scalar("bytes", who, static_cast<double>(model.bytes));
  }
}

void AddPlots(const Converted& done, Events& events) {
  const Figures& f = done.figures;
  json::Array names, source_iou, result_iou, flips;
  for (size_t i = 0; i < f.by_slice.size(); ++i) {
    const Decisions& d = f.by_slice[i];
    for (size_t c = 1; c < 3; ++c) {
      if (d.frames_with_truth == 0 || std::isnan(d.iou_truth_source[c])) continue;
      names.emplace_back(f.slices[i] + ", " + kClassNames[c]);
      source_iou.emplace_back(d.iou_truth_source[c]);
      result_iou.emplace_back(d.iou_truth_result[c]);
    }
  }
  if (!names.empty()) {
    events.Plot("conversion", "intersection over union with the truth",
                {Trace("bar", "source", names, std::move(source_iou)),
                 Trace("bar", "result", names, std::move(result_iou))},
                {{"yaxis", json::Object{{"range", json::Array{0, 1}}}}});
  }
  json::Array frames;
  for (const FrameTally& tally : f.tallies) {
    frames.emplace_back(tally.frame);
    flips.emplace_back(tally.flips);
  }
  events.Plot("conversion", "cells that flip, frame by frame",
              {Trace("bar", "cells", std::move(frames), std::move(flips))},
              {{"xaxis", json::Object{{"title", "frame"}}}});
  json::Array curves;
  for (const bool source : {true, false}) {
    const ModelFigures& model = source ? f.source : f.result;
    json::Array shares, times;
    for (size_t i = 0; i < model.latency.curve_ms.size(); ++i) {
      shares.emplace_back(5 * i);
      times.emplace_back(model.latency.curve_ms[i]);
    }
    curves.push_back(
        Trace("scatter", source ? "source" : "result", std::move(shares), std::move(times)));
  }
  events.Plot("conversion", "time of a frame", std::move(curves),
              {{"xaxis", json::Object{{"title", "% of frames that took no longer"}}},
               {"yaxis", json::Object{{"title", "ms"}}}});
  json::Array gate, figure, limit, outcome;
  for (const GateOutcome& one : done.verdict.gates) {
    gate.emplace_back(one.name);
    figure.emplace_back(std::isnan(one.figure) ? "" : fmt::format("{:.5g}", one.figure));
    limit.emplace_back(std::isnan(one.limit)
                           ? ""
                           : fmt::format("{} {:.5g}", one.at_least ? ">=" : "<=", one.limit));
    outcome.emplace_back(one.passed ? "passed" : "failed");
  }
  events.Plot(
      "conversion", "gates",
      {json::Object{
          {"type", "table"},
          {"header", json::Object{{"values", json::Array{"gate", "figure", "limit", "outcome"}}}},
          {"cells", json::Object{{"values", json::Array{gate, figure, limit, outcome}}}}}},
      {});
}

const char* TypeOf(const std::string& name) {
  if (name.ends_with(".json")) return "application/json";
  if (name.ends_with(".html")) return "text/html";
  return name.ends_with(".png") ? "image/png" : "application/octet-stream";
}

Status AddArtifacts(client::Session& session, const std::string& task, const std::string& folder,
                    const ConvertOptions& options) {
  FURROW_ASSIGN(const json::Value read,
                session.Call("tasks.get_all_ex",
                             json::Object{{"id", json::Array{task}},
                                          {"only_fields", json::Array{"name", "project.name"}}}));
  const json::Array& tasks = read.At("tasks").array();
  if (tasks.empty()) return Status(Code::kNotFound, "there is no task " + task);
  const std::string base =
      fmt::format("{}/{}.{}/artifacts", tasks.front().At("project").At("name").AsString("none"),
                  tasks.front().At("name").AsString(), task);
  std::vector<std::string> names;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->is_regular_file(error)) {
      names.push_back(entry->path().lexically_relative(folder).generic_string());
    }
  }
  if (error) return Status(Code::kIoError, folder + ": " + error.message());
  std::ranges::sort(names);
  json::Array artifacts;
  for (const std::string& name : names) {
    FURROW_ASSIGN(const std::string content,
                  edge::ReadTextFile(folder + "/" + name, infer::kModelBytesMax));
    FURROW_ASSIGN(const std::string uri, session.Upload(base + "/" + name, content, TypeOf(name)));
    Sha256 digest;
    digest.Add(content);
    artifacts.emplace_back(json::Object{
        {"key", name},
        {"type", "custom"},
        {"mode", "output"},
        {"uri", uri},
        {"content_size", content.size()},
        {"hash", digest.Hex()},
        {"timestamp", SystemClock().Now() / 1'000'000},
        {"type_data", json::Object{{"content_type", TypeOf(name)},
                                   {"preview", fs::path(options.model).filename().string()}}}});
  }
  return session
      .Call("tasks.add_or_update_artifacts",
            json::Object{{"task", task}, {"artifacts", std::move(artifacts)}})
      .status();
}

/// The fleet's audit trail tells what was refused before there was a bundle, too.
Status NoteRefused(client::Session& session, const std::string& task, const ConvertOptions& options,
                   const Converted& done) {
  std::string why = VerdictLine(done.verdict);
  constexpr size_t kMost = 1000;
  if (why.size() > kMost) why.resize(kMost);
  return session
      .Call("releases.note_conversion",
            json::Object{{"conversion", TaskName(options)}, {"task", task}, {"why", why}})
      .status();
}

}  // namespace

Status CheckTask(client::Session& session, const TaskTarget& target) {
  if (target.task.empty()) return session.Call("debug.ping", json::Object{}).status();
  FURROW_ASSIGN(
      const json::Value read,
      session.Call("tasks.get_all_ex", json::Object{{"id", json::Array{target.task}},
                                                    {"only_fields", json::Array{"status"}}}));
  const json::Array& tasks = read.At("tasks").array();
  if (tasks.empty()) return Status(Code::kNotFound, "there is no task " + target.task);
  const std::string& status = tasks.front().At("status").AsString();
  if (status == "in_progress") return {};
  return Status(
      Code::kFailedPrecondition,
      fmt::format("the task {} is {}, and files belong to one that runs", target.task, status));
}

Result<std::string> ReportToTask(client::Session& session, const TaskTarget& target,
                                 const ConvertOptions& options, const Converted& done) {
  const bool ours = target.task.empty();
  std::string task = target.task;
  if (ours) {
    FURROW_ASSIGN(task, MakeTask(session, target.project, options));
  }
  Events events(task);
  AddScalars(done, events);
  AddPlots(done, events);
  events.Line(VerdictText(done.verdict) + VerdictLine(done.verdict));
  const auto report = [&]() -> Status {
    FURROW_TRY(events.Send(session));
    FURROW_TRY(AddArtifacts(session, task, options.out, options));
    return done.verdict.passed ? Status() : NoteRefused(session, task, options, done);
  };
  const Status reported = report();
  if (!ours) {
    FURROW_TRY(reported);
    return task;
  }
  if (reported.ok() && done.verdict.passed) {
    FURROW_TRY(session.Call("tasks.completed", json::Object{{"task", task}}).status());
    return task;
  }
  const std::string why =
      reported.ok() ? VerdictLine(done.verdict) : "reporting: " + reported.message();
  FURROW_TRY(
      session
          .Call("tasks.failed",
                json::Object{{"task", task}, {"status_reason", why}, {"status_message", why}})
          .status());
  FURROW_TRY(reported);
  return task;
}

}  // namespace furrow::convert
