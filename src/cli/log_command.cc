// SPDX-License-Identifier: Apache-2.0
// furrow log: any program's metrics and lines into a run, from a pipe.
//
// A line that is a JSON object of numbers, or pairs like `loss=0.31 acc=0.9`, reports scalars;
// every line is kept as a log line and passed through.
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "base/time.h"
#include "cli/command.h"
#include "json/text.h"

namespace furrow::cli {
namespace {

struct LogOptions {
  std::string project = "furrow log", name, task, metric = "log", step = "step";
  bool quiet = false;
};

constexpr size_t kBatchMax = 500;
constexpr auto kFlushEvery = std::chrono::seconds(2);

std::optional<double> ReadNumber(std::string_view text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// The scalars a line reports, by name; `step` is taken out into `iteration`.
std::vector<std::pair<std::string, double>> ReadScalars(const std::string& line,
                                                        const std::string& step,
                                                        std::optional<int64_t>& iteration) {
  std::vector<std::pair<std::string, double>> out;
  const auto take = [&](const std::string& name, double value) {
    if (name == step) {
      iteration = static_cast<int64_t>(value);
    } else {
      out.emplace_back(name, value);
    }
  };
  if (line.starts_with('{')) {
    const auto object = json::Parse(line);
    if (!object.ok()) return out;
    for (const json::Member& m : object->object()) {
      if (m.value.IsNumber()) take(m.key, m.value.AsDouble());
    }
    return out;
  }
  for (size_t at = 0; at < line.size();) {
    const size_t end = std::min(line.find_first_of(" \t,", at), line.size());
    const std::string word = line.substr(at, end - at);
    at = end + 1;
    const size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    if (const auto value = ReadNumber(std::string_view(word).substr(equals + 1))) {
      take(word.substr(0, equals), *value);
    }
  }
  return out;
}

class Reporter {
 public:
  Reporter(client::Session& session, std::string task)
      : session_(session), task_(std::move(task)) {}

  void Add(json::Value event) {
    event["task"] = task_;
    event["timestamp"] = SystemClock().Now() / 1000;
    event["worker"] = "furrow-log";
    events_.push_back(std::move(event));
  }
  Status FlushIfDue() {
    if (events_.size() < kBatchMax && std::chrono::steady_clock::now() - flushed_ < kFlushEvery)
      return {};
    return Flush();
  }
  Status Flush() {
    flushed_ = std::chrono::steady_clock::now();
    if (events_.empty()) return {};
    FURROW_ASSIGN(const json::Value added, session_.CallBatch("events.add_batch", events_));
    events_.clear();
    return {};
  }

 private:
  client::Session& session_;
  const std::string task_;
  json::Array events_;
  std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
};

Result<std::string> OpenTask(client::Session& session, const LogOptions& options) {
  if (!options.task.empty()) return ResolveTask(session, options.task);
  auto made = session.Call("projects.create", json::Object{{"name", options.project}});
  json::Value project;
  if (made.ok()) {
    project = made->At("id");
  } else {
    FURROW_ASSIGN(const json::Value found,
                  session.Call("projects.get_all", json::Object{{"page_size", 500}}));
    for (const json::Value& p : found.At("projects").array()) {
      if (p.At("name").AsString() == options.project) project = p.At("id");
    }
    if (project.IsNull()) return made.status();
  }
  const std::string name =
      options.name.empty() ? "run of " + FormatTime(SystemClock().Now()) : options.name;
  FURROW_ASSIGN(
      const json::Value task,
      session.Call("tasks.create",
                   json::Object{{"name", name}, {"type", "custom"}, {"project", project}}));
  return task.At("id").AsString();
}

Status Run(client::Session& session, const LogOptions& options) {
  FURROW_ASSIGN(const std::string task, OpenTask(session, options));
  FURROW_ASSIGN(const json::Value started,
                session.Call("tasks.started", json::Object{{"task", task}, {"force", true}}));
  std::fprintf(stderr, "furrow log: task %s\n", task.c_str());
  Reporter reporter(session, task);
  int64_t iteration = 0;
  for (std::string line; std::getline(std::cin, line);) {
    if (!options.quiet) std::printf("%s\n", line.c_str());
    std::optional<int64_t> said;
    const auto scalars = ReadScalars(line, options.step, said);
    if (said) iteration = *said;
    for (const auto& [name, value] : scalars) {
      reporter.Add(json::Object{{"type", "training_stats_scalar"},
                                {"metric", options.metric},
                                {"variant", name},
                                {"iter", iteration},
                                {"value", value}});
    }
    if (!scalars.empty() && !said) ++iteration;
    reporter.Add(json::Object{{"type", "log"}, {"level", "info"}, {"msg", line}});
    FURROW_TRY(reporter.FlushIfDue());
  }
  FURROW_TRY(reporter.Flush());
  if (!options.task.empty()) return {};
  FURROW_ASSIGN(const json::Value done,
                session.Call("tasks.completed", json::Object{{"task", task}}));
  return {};
}

}  // namespace

void AddLogCommand(CLI::App& app, const std::shared_ptr<Common>& common) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* command =
      AddCommand(app, common, "log", "record a program's metrics and lines from a pipe",
                 "  ./train | furrow log --project trials --name baseline\n"
                 "  echo '{\"step\": 3, \"loss\": 0.31}' | furrow log --task 3f2a\n",
                 [options](client::Session& session) { return Run(session, *options); });
  command->add_option("--project", options->project, "project of the new task");
  command->add_option("--name", options->name, "name of the new task");
  command->add_option("--task", options->task, "an existing task instead of a new one");
  command->add_option("--metric", options->metric, "metric under which the numbers are reported");
  command->add_option("--step", options->step, "name of the number that is the iteration");
  command->add_flag("--quiet", options->quiet, "do not pass the lines through");
}

}  // namespace furrow::cli
