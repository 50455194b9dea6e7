// SPDX-License-Identifier: Apache-2.0
#include "convert/queued.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "convert/queue_script.h"
#include "convert/task_report.h"
#include "edge/boom/boom.h"
#include "edge/boom/text_file.h"
#include "infer/model.h"

namespace furrow::convert {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTextBytesMax = size_t{1} << 20;
constexpr std::chrono::seconds kAsk{2};

/// What the script imports, for an agent that makes an environment for each task.
std::string Requirements(Target target) {
  return target == Target::kInt8 ? "clearml\nonnx\nonnxruntime\n" : "clearml\n";
}

json::Value Parameter(const char* name, std::string value) {
  return json::Object{
      {"section", "Convert"}, {"name", name}, {"value", std::move(value)}, {"type", "str"}};
}

json::Value Configuration(const char* name, std::string text) {
  return json::Object{{"name", name}, {"type", "toml"}, {"value", std::move(text)}};
}

Status CheckTravels(const ConvertOptions& options) {
  const auto wrong = [](const std::string& what) { return Status(Code::kInvalidArgument, what); };
  if (!options.converted.empty()) {
    return wrong("--converted is proved here: it does not go with --queue");
  }
  if (!IsId(options.data)) {
    return wrong(options.data +
                 ": --queue takes the id of a data set, which the agent fetches; make one with "
                 "`clearml-data create`, `add` and `close`");
  }
  return {};
}

/// A URL or an id as it is; a file here by its URL on the file server.
Result<std::string> PlaceModel(client::Session& session, const std::string& task,
                               const std::string& project, const ConvertOptions& options) {
  const std::string& model = options.model;
  if (IsId(model) || model.find("://") != std::string::npos) return model;
  FURROW_ASSIGN(const std::string content, edge::ReadTextFile(model, infer::kModelBytesMax));
  return session.Upload(fmt::format("{}/{}.{}/source/{}", project, TaskName(options), task,
                                    fs::path(model).filename().string()),
                        content, "application/octet-stream");
}

Status MakeQueue(client::Session& session, const std::string& name) {
  FURROW_ASSIGN(const json::Value found,
                session.Call("queues.get_all", json::Object{{"page", 0}, {"page_size", 500}}));
  for (const json::Value& queue : found.At("queues").array()) {
    if (queue.At("name").AsString() == name) return {};
  }
  return session.Call("queues.create", json::Object{{"name", name}}).status();
}

}  // namespace

bool IsId(const std::string& text) {
  constexpr size_t kDigits = 32;
  return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<Queued> Enqueue(client::Session& session, const ConvertOptions& options,
                       const std::string& project, const std::string& queue) {
  FURROW_TRY(CheckTravels(options));
  json::Object configuration;
  FURROW_ASSIGN(std::string boom, edge::ReadTextFile(options.boom, kTextBytesMax));
  FURROW_TRY(edge::ParseBoom(boom, options.boom).status());
  configuration["boom"] = Configuration("boom", std::move(boom));
  if (!options.policy.empty()) {
    FURROW_ASSIGN(std::string policy, edge::ReadTextFile(options.policy, kTextBytesMax));
    FURROW_TRY(ParsePolicy(policy, options.policy, options.target).status());
    configuration["policy"] = Configuration("policy", std::move(policy));
  }
  FURROW_ASSIGN(const std::string project_id, FindProject(session, project));
  FURROW_ASSIGN(
      const json::Value made,
      session.Call(
          "tasks.create",
          json::Object{
              {"name", TaskName(options)},
              {"type", "qc"},
              {"project", project_id},
              {"script",
               json::Object{{"binary", "python3"},
                            {"repository", ""},
                            {"working_dir", "."},
                            {"entry_point", "furrow_convert.py"},
                            {"diff", kQueueScript},
                            {"requirements", json::Object{{"pip", Requirements(options.target)}}}}},
              {"configuration", std::move(configuration)}}));
  const std::string task = made.At("id").AsString();
  FURROW_ASSIGN(std::string model, PlaceModel(session, task, project, options));
  json::Object said{
      {"model", Parameter("model", std::move(model))},
      {"dataset", Parameter("dataset", options.data)},
      {"target", Parameter("target", TargetName(options.target))},
      {"method", Parameter("method", options.method == edge::NetMethod::kNet ? "net" : "hybrid")},
      {"area-min", Parameter("area-min", fmt::format("{}", options.area_min))},
      {"threads", Parameter("threads", fmt::format("{}", options.threads))}};
  FURROW_TRY(session
                 .Call("tasks.edit",
                       json::Object{{"task", task},
                                    {"hyperparams", json::Object{{"Convert", std::move(said)}}}})
                 .status());
  FURROW_TRY(MakeQueue(session, queue));
  FURROW_TRY(
      session.Call("tasks.enqueue", json::Object{{"task", task}, {"queue_name", queue}}).status());
  Queued queued{.task = task, .page = {}};
  if (!session.target().web.empty()) {
    queued.page = fmt::format("{}/projects/{}/experiments/{}/output/log", session.target().web,
                              project_id, task);
  }
  return queued;
}

Result<QueuedOutcome> WaitForQueued(client::Session& session, const std::string& task,
                                    const std::function<void(const std::string& status)>& tell) {
  while (true) {
    FURROW_ASSIGN(
        const json::Value read,
        session.Call("tasks.get_all_ex",
                     json::Object{{"id", json::Array{task}},
                                  {"only_fields", json::Array{"status", "status_reason"}}}));
    if (read.At("tasks").array().empty()) {
      return Status(Code::kNotFound, "the task " + task + " was deleted");
    }
    const json::Value& now = read.At("tasks").array().front();
    const std::string& status = now.At("status").AsString();
    const std::string& reason = now.At("status_reason").AsString();
    if (status == "completed" || status == "published")
      return QueuedOutcome{QueuedEnd::kPassed, {}};
    if (status == "failed" || status == "stopped") {
      const bool gate = status == "failed" && reason.starts_with("failed: ");
      return QueuedOutcome{gate ? QueuedEnd::kGateFailed : QueuedEnd::kFailed,
                           reason.empty() ? "the task is " + status : reason};
    }
    tell(status);
    std::this_thread::sleep_for(kAsk);
  }
}

}  // namespace furrow::convert
