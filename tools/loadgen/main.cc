// SPDX-License-Identifier: Apache-2.0
// furrow-loadgen: fills a server and loads it. Each subcommand prints one JSON object. The token
// comes in the environment as FURROW_TOKEN, lists come as files with one item per line.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "event_work.h"
#include "file_work.h"
#include "fill_work.h"
#include "task_work.h"

namespace furrow::loadgen {
namespace {

struct Arguments {
  Load load;
  Target target;
  std::string tasks, projects, input, out, form = "float32";
  size_t events = 100, series = 10, count = 1, repeat = 100, runs = 0;
  uint64_t points = 0, bytes = 64u << 20, seed = 1, long_points = 0;
};

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) out.push_back(std::move(line));
  }
  return out;
}

int Print(const Outcome& outcome, std::string_view unit, const std::string& more = "") {
  fmt::print("{{{}{}}}\n", ToJson(outcome, unit), more);
  return outcome.problem.empty() ? 0 : 1;
}

int Events(const Arguments& a) {
  EventWork work(a.target, {.tasks = Lines(a.tasks),
                            .connections = a.load.connections,
                            .events = a.events,
                            .series = a.series,
                            .seed = a.seed});
  Load load = a.load;
  load.rate /= static_cast<double>(a.events);
  return Print(Drive(load, work), "events",
               fmt::format(R"(, "event_bytes": {})", work.line_bytes()));
}

int Fill(const Arguments& a) {
  std::vector<std::string> tasks = Lines(a.tasks);
  if (a.runs > 0 && tasks.size() > a.runs) tasks.resize(a.runs);
  FillOptions options;
  options.connections = a.load.connections;
  options.events = a.events;
  options.seed = a.seed;
  options.form = a.form == "decimals" ? ValueForm::kFourDecimals : ValueForm::kFloat32;
  // The first run may be a single long curve; the others share the rest evenly.
  size_t first = 0;
  if (a.long_points > 0 && !tasks.empty()) {
    options.runs.push_back({tasks[0], 1, a.long_points});
    first = 1;
  }
  const uint64_t rest = a.points - std::min(a.points, a.long_points);
  const size_t others = tasks.size() - first;
  for (size_t i = first; i < tasks.size(); ++i) {
    options.runs.push_back({tasks[i], a.series, rest / others / a.series});
  }
  FillWork work(a.target, std::move(options));
  return Print(Drive(a.load, work), "events");
}

int Sprinkle(const Arguments& a) {
  SprinkleWork work(a.target, Lines(a.tasks), a.series, a.load.connections, a.seed);
  return Print(Drive(a.load, work), "events");
}

int Tasks(const Arguments& a) {
  TaskWork work(a.target, Lines(a.projects), a.count, a.load.connections);
  const Outcome outcome = Drive(a.load, work);
  std::ofstream file(a.out);
  for (const std::string& id : work.ids()) file << id << '\n';
  return Print(outcome, "tasks");
}

/// Lines of `input`: PATH, a tab, a JSON body. All are sent once.
int Calls(const Arguments& a) {
  std::vector<std::string> requests;
  for (const std::string& line : Lines(a.input)) {
    const size_t tab = line.find('\t');
    requests.push_back(Call(a.target, "POST", line.substr(0, tab), "application/json",
                            tab == std::string::npos ? "{}" : line.substr(tab + 1)));
  }
  CallWork work(std::move(requests));
  return Print(Drive(a.load, work), "calls");
}

/// Lines of `input`: NAME, METHOD, PATH, BODY with tabs between. Each is repeated by itself.
int Repeat(const Arguments& a) {
  int failed = 0;
  bool first = true;
  fmt::print("[");
  for (const std::string& line : Lines(a.input)) {
    std::vector<std::string> fields;
    size_t at = 0;
    for (int i = 0; i < 3; ++i) {
      const size_t tab = line.find('\t', at);
      if (tab == std::string::npos) break;
      fields.push_back(line.substr(at, tab - at));
      at = tab + 1;
    }
    if (fields.size() < 3) {
      std::cerr << "a line without three tabs: " << line << '\n';
      return 2;
    }
    RepeatWork work(
        Call(a.target, fields[1], fields[2], "application/json", std::string_view(line).substr(at)),
        a.repeat);
    const Outcome outcome = Drive(a.load, work);
    fmt::print(R"({}{{"name": "{}", "answer_bytes": {}, {}}})", first ? "" : ",\n", fields[0],
               work.body_bytes(), ToJson(outcome, "calls"));
    first = false;
    failed += !outcome.problem.empty();
  }
  fmt::print("]\n");
  return failed ? 1 : 0;
}

FileOptions Files(const Arguments& a) {
  return {.bytes = a.bytes, .count = a.count, .connections = a.load.connections};
}

int Upload(const Arguments& a) {
  UploadWork work(a.target, Files(a));
  return Print(Drive(a.load, work), "bytes");
}

int Download(const Arguments& a) {
  DownloadWork work(a.target, Files(a));
  return Print(Drive(a.load, work), "bytes");
}

struct Command {
  const char* name;
  const char* help;
  int (*run)(const Arguments&);
};

constexpr Command kCommands[] = {
    {"events", "scalar events in the SDK's format, at a rate or as fast as they are answered",
     Events},
    {"fill", "whole learning curves, until --points are stored", Fill},
    {"sprinkle", "one point of each of --series metrics for every task", Sprinkle},
    {"tasks", "makes --count tasks with 20 parameters each; writes their ids to --out", Tasks},
    {"calls", "sends every call of --input once (PATH, tab, BODY)", Calls},
    {"repeat", "repeats each call of --input by itself (NAME, METHOD, PATH, BODY)", Repeat},
    {"upload", "uploads --count files of --bytes each", Upload},
    {"download", "downloads what upload has left", Download},
};

int Main(int argc, char** argv) {
  CLI::App app{"Loads a Furrow server and prints what it measured as JSON", "furrow-loadgen"};
  app.require_subcommand(1);
  Arguments a;
  for (const Command& command : kCommands) {
    CLI::App* sub = app.add_subcommand(command.name, command.help);
    sub->add_option("--port", a.load.port, "of the server, on 127.0.0.1")->required();
    sub->add_option("--connections", a.load.connections, "kept open")->check(CLI::Range(1, 4096));
    sub->add_option("--rate", a.load.rate, "a second, of what is counted; 0: as fast as answered");
    sub->add_option("--warm-up", a.load.warm_up_s, "seconds before measuring");
    sub->add_option("--seconds", a.load.seconds, "measured; 0: until all is done");
    sub->add_option("--pid", a.load.server, "of the server, to read its processor time");
    sub->add_option("--worker", a.target.worker, "who reports");
    sub->add_option("--tasks", a.tasks, "file of ids");
    sub->add_option("--projects", a.projects, "file of ids");
    sub->add_option("--input", a.input, "file of calls");
    sub->add_option("--out", a.out, "file for ids");
    sub->add_option("--form", a.form, "of values: float32 or decimals");
    sub->add_option("--events", a.events, "of one request");
    sub->add_option("--series", a.series, "of one run")->check(CLI::Range(1, 10));
    sub->add_option("--count", a.count, "tasks or files");
    sub->add_option("--runs", a.runs, "at most so many of --tasks; 0: all");
    sub->add_option("--points", a.points, "in all");
    sub->add_option("--long-points", a.long_points, "of these, in one curve of the first task");
    sub->add_option("--repeat", a.repeat, "times for each call");
    sub->add_option("--bytes", a.bytes, "of one file");
    sub->add_option("--seed", a.seed, "of the noise");
  }
  CLI11_PARSE(app, argc, argv);
  a.target.port = a.load.port;
  if (a.target.worker.empty()) a.target.worker = "furrow-loadgen";
  if (const char* token = std::getenv("FURROW_TOKEN")) a.target.token = token;
  const std::string chosen = app.get_subcommands().front()->get_name();
  for (const Command& command : kCommands) {
    if (chosen == command.name) return command.run(a);
  }
  return 2;
}

}  // namespace
}  // namespace furrow::loadgen

int main(int argc, char** argv) { return furrow::loadgen::Main(argc, argv); }
