// SPDX-License-Identifier: Apache-2.0
// furrow convert: a network for its target, and the proof that nothing was lost.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/command.h"
#include "convert/convert.h"
#include "convert/process.h"
#include "convert/queued.h"
#include "convert/task_report.h"

namespace furrow::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  furrow convert weeds.onnx --target onnxruntime-fp32 --data fields --boom boom.toml --out "
    "proof\n"
    "  furrow convert weeds.onnx --target onnxruntime-int8 --data fields --boom boom.toml \\\n"
    "    --policy int8.toml --out proof8\n"
    "  furrow convert weeds.onnx --target onnxruntime-fp32 --data fields --boom boom.toml \\\n"
    "    --out proof --project Conversions  figures, plots and files on a task, too\n"
    "  furrow convert weeds.onnx --target tensorrt --data ID --boom boom.toml \\\n"
    "    --queue orin --wait                on a machine of the target's kind, by its agent\n"
    "  furrow convert weeds.onnx --target onnxruntime-fp32 --converted theirs.onnx --data fields "
    "\\\n"
    "    --boom boom.toml --out proof       prove what another program made\n"
    "\n"
    "--data is a folder with images/ and masks/, or a folder of such folders, as furrow_fieldgen\n"
    "writes them; each is a slice of the report. Or the id of a data set, which `clearml-data` "
    "fetches.\n"
    "With --queue, MODEL may also be a model's id or a URL, and the report is on the task. --out "
    "gets model.onnx, report.json, report.html "
    "and\n"
    "golden/. Exit status: 0 all gates passed, 3 a gate failed (everything is written), 1 an "
    "error.\n"
    "docs/convert.md defines every figure and gate.";

constexpr int kGateFailed = 3;

struct Options {
  convert::ConvertOptions how;
  convert::TaskTarget where;
  std::string target, method = "hybrid", queue;
  bool json = false, wait = false;

  bool reports() const { return !where.task.empty() || !where.project.empty(); }
};

/// A line on the terminal twice a second; nothing where nobody watches.
convert::Progress Watch() {
  using Clock = std::chrono::steady_clock;
  const bool watched = isatty(STDERR_FILENO) == 1;
  return [watched, last = Clock::time_point()](const char* what, size_t done, size_t all) mutable {
    const Clock::time_point now = Clock::now();
    if (!watched || (done < all && now - last < std::chrono::milliseconds(500))) return;
    last = now;
    fmt::print(stderr, "\r{} {} of {}\x1b[K", what, done, all);
    if (done == all) fmt::print(stderr, "\r\x1b[K");
  };
}

Status RunQueued(Options& options, Common& common, int& exit_code) {
  FURROW_ASSIGN(client::Target server, client::FindTarget(common.hints));
  client::Session session(std::move(server));
  const std::string& project = options.where.project;
  FURROW_ASSIGN(const convert::Queued queued,
                convert::Enqueue(session, options.how, project.empty() ? "Conversions" : project,
                                 options.queue));
  if (options.json) {
    PrintJson(json::Object{{"task", queued.task}, {"page", queued.page}});
  } else {
    fmt::print("task {}\n", queued.task);
    if (!queued.page.empty()) fmt::print("{}\n", queued.page);
  }
  std::fflush(stdout);
  if (!options.wait) return {};
  const bool watched = isatty(STDERR_FILENO) == 1;
  const auto begun = std::chrono::steady_clock::now();
  std::string before;
  const auto tell = [&](const std::string& status) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begun);
    if (watched) {
      fmt::print(stderr, "\r{}, {} s\x1b[K", status, seconds.count());
    } else if (status != before) {
      fmt::print(stderr, "{}\n", status);
    }
    before = status;
  };
  FURROW_ASSIGN(const convert::QueuedOutcome outcome,
                convert::WaitForQueued(session, queued.task, tell));
  if (watched) fmt::print(stderr, "\r\x1b[K");
  if (outcome.end == convert::QueuedEnd::kPassed) {
    fmt::print(stderr, "passed\n");
    return {};
  }
  if (outcome.end == convert::QueuedEnd::kFailed) {
    return Status(Code::kFailedPrecondition, outcome.reason);
  }
  exit_code = kGateFailed;
  fmt::print(stderr, "furrow convert: {}\n", outcome.reason);
  return {};
}

/// Photographs that are named by a data set's id: clearml-data knows how versions are put together.
Status FetchData(std::string& data) {
  std::error_code error;
  if (!convert::IsId(data) || std::filesystem::exists(data, error)) return {};
  const std::string program = convert::InPath("clearml-data");
  if (program.empty()) {
    return Status(Code::kInvalidArgument,
                  data +
                      ": there is no such folder; for a data set's id `clearml-data` is needed "
                      "(pip install clearml)");
  }
  FURROW_ASSIGN(const convert::Ran ran, convert::Run({program, "get", "--id", data}));
  constexpr std::string_view kWhere = "files at: ";
  const size_t said = ran.output.rfind(kWhere);
  if (ran.exit_code != 0 || said == std::string::npos) {
    return Status(Code::kUnavailable, data + ": clearml-data get: " + ran.output);
  }
  const size_t begin = said + kWhere.size();
  data = ran.output.substr(begin, ran.output.find('\n', begin) - begin);
  return {};
}

Status RunConvert(Options& options, Common& common, int& exit_code) {
  FURROW_ASSIGN(options.how.target, convert::TargetNamed(options.target));
  options.how.method = options.method == "net" ? edge::NetMethod::kNet : edge::NetMethod::kHybrid;
  if (!options.queue.empty()) return RunQueued(options, common, exit_code);
  if (options.how.out.empty()) {
    return Status(Code::kInvalidArgument, "say --out FOLDER, or --queue QUEUE");
  }
  std::optional<client::Session> session;
  if (options.reports()) {
    // Before minutes of work: a server that is not there or a task that is none.
    FURROW_ASSIGN(client::Target server, client::FindTarget(common.hints));
    session.emplace(std::move(server));
    if (!options.where.task.empty()) {
      FURROW_ASSIGN(options.where.task, ResolveTask(*session, options.where.task));
    }
    FURROW_TRY(convert::CheckTask(*session, options.where));
  }
  FURROW_TRY(FetchData(options.how.data));
  FURROW_ASSIGN(const convert::Converted done,
                convert::Convert(options.how, SystemClock(), Watch()));
  if (options.json) {
    PrintJson(done.report);
  } else {
    fmt::print("{}{}: {}\n", convert::VerdictText(done.verdict), options.how.out,
               convert::VerdictLine(done.verdict));
  }
  if (session) {
    FURROW_ASSIGN(const std::string task,
                  convert::ReportToTask(*session, options.where, options.how, done));
    fmt::print(stderr, "reported to task {}\n", task);
  }
  if (!done.verdict.passed) {
    exit_code = kGateFailed;
    fmt::print(stderr, "furrow convert: {}\n", convert::VerdictLine(done.verdict));
  }
  return {};
}

}  // namespace

void AddConvertCommand(CLI::App& app, const std::shared_ptr<Common>& common) {
  auto options = std::make_shared<Options>();
  convert::ConvertOptions& how = options->how;
  CLI::App* command =
      app.add_subcommand("convert", "Convert a network for its target and prove what it became");
  command->add_option("MODEL", how.model, "a network for furrow-edge (docs/formats/edge-model.md)")
      ->required();
  command->add_option("--target", options->target, "onnxruntime-fp32, onnxruntime-int8 or tensorrt")
      ->required();
  command->add_option("--data", how.data, "photographs with masks: a folder, or a data set's id")
      ->required();
  command->add_option("--boom", how.boom, "the boom's file (docs/edge/boom.md)")->required();
  command->add_option("--out", how.out, "folder that is made; not with --queue");
  command->add_option("--policy", how.policy, "TOML file with gates [the defaults]");
  command->add_option("--converted", how.converted, "prove this file instead of converting");
  command->add_option("--method", options->method, "net or hybrid")
      ->check(CLI::IsMember({"net", "hybrid"}));
  command->add_option("--area-min", how.area_min, "pixels; smaller patches are left out")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--threads", how.threads, "of ONNX Runtime")->check(CLI::Range(1, 64));
  command->add_option(
      "--python", how.python,
      "a Python with onnx and onnxruntime, which quantises [FURROW_CONVERT_PYTHON]");
  command->add_flag("--force", how.force, "replace --out");
  command->add_option("--task", options->where.task,
                      "id of a running task that the figures are added to");
  command
      ->add_option("--project", options->where.project,
                   "name of a project: a task of its own is made there")
      ->excludes("--task");
  command->add_option("--api", common->hints.api, "URL of the API [CLEARML_API_HOST]");
  command->add_option("--server-data", common->hints.data_dir,
                      "data directory of a server on this machine, to find its URL and first "
                      "credentials [FURROW_DATA]");
  CLI::Option* queue = command
                           ->add_option("--queue", options->queue,
                                        "send it as a task to this queue, whose agent has `furrow`")
                           ->excludes("--task");
  command->add_flag("--wait", options->wait, "for the end of the task; the exit status is its own")
      ->needs(queue);
  command->add_flag("--json", options->json, "print the report; with --queue, the task");
  command->footer(kExamples);
  command->callback([options, common] {
    int exit_code = 0;
    const int ended = Ended("convert", RunConvert(*options, *common, exit_code));
    common->exit_code = ended != 0 ? ended : exit_code;
  });
}

}  // namespace furrow::cli
