// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include "cli/command.h"
#include "completion/completion.h"
#include "json/text.h"

namespace furrow::cli {

void AddConnection(CLI::App& command, const std::shared_ptr<Common>& common) {
  command.add_option("--api", common->hints.api, "URL of the API [CLEARML_API_HOST]");
  command.add_option("--data", common->hints.data_dir,
                     "data directory of a server on this machine, to find its URL and first "
                     "credentials [FURROW_DATA]");
  command.add_flag("--json", common->json, "print JSON for programs");
}

void RunCommand(const std::shared_ptr<Common>& common, const std::string& full,
                const std::function<Status(client::Session&)>& body) {
  const Status done = [&]() -> Status {
    FURROW_ASSIGN(client::Target target, client::FindTarget(common->hints));
    client::Session session(std::move(target));
    return body(session);
  }();
  if (done.ok()) return;
  std::fprintf(stderr, "furrow %s: %s\n", full.c_str(), done.message().c_str());
  common->exit_code = 1;
}

Status Repeat(double every_s, const std::function<Status()>& body) {
  while (true) {
    if (every_s > 0) std::fputs("\033[H\033[2J", stdout);
    FURROW_TRY(body());
    if (every_s <= 0) return {};
    std::fflush(stdout);
    std::this_thread::sleep_for(std::chrono::duration<double>(every_s));
  }
}

CLI::App* AddCommand(CLI::App& parent, const std::shared_ptr<Common>& common,
                     const std::string& name, const std::string& help, const std::string& examples,
                     std::function<Status(client::Session&)> body) {
  CLI::App* command = parent.add_subcommand(name, help);
  AddConnection(*command, common);
  if (!examples.empty()) command->footer("Examples:\n" + examples);
  const std::string full = parent.get_parent() ? parent.get_name() + " " + name : name;
  command->callback([common, body = std::move(body), full] { RunCommand(common, full, body); });
  return command;
}

int Ended(const char* name, const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "furrow %s: %s\n", name, status.message().c_str());
  return 1;
}

void PrintJson(const json::Value& value) {
  std::fputs((json::WritePretty(value) + "\n").c_str(), stdout);
}

Result<std::string> ResolveTask(client::Session& session, const std::string& text) {
  json::Array fields = {"id", "name"};
  if (text.size() == 32) return text;
  FURROW_ASSIGN(
      const json::Value by_name,
      session.Call("tasks.get_all",
                   json::Object{{"_any_", json::Object{{"fields", json::Array{"name", "id"}},
                                                       {"pattern", "^" + text}}},
                                {"only_fields", fields},
                                {"order_by", json::Array{"-created"}},
                                {"page_size", 500}}));
  const json::Array& tasks = by_name.At("tasks").array();
  std::vector<const json::Value*> exact;
  for (const json::Value& t : tasks) {
    if (t.At("name").AsString() == text) exact.push_back(&t);
  }
  if (exact.size() == 1) return exact.front()->At("id").AsString();
  if (tasks.size() == 1) return tasks.front().At("id").AsString();
  if (tasks.empty()) {
    return Status(Code::kNotFound, "no task has an id or name that begins with '" + text + "'");
  }
  std::string message = "several tasks match '" + text + "', say one's id:";
  for (size_t i = 0; i < tasks.size() && i < 10; ++i) {
    message += "\n  " + tasks[i].At("id").AsString() + "  " + tasks[i].At("name").AsString();
  }
  return Status(Code::kInvalidArgument, message);
}

void AddCommands(CLI::App& app, int& exit_code) {
  auto common = std::make_shared<Common>(Common{.exit_code = exit_code});
  AddTaskCommands(app, common);
  AddListCommands(app, common);
  AddFleetCommands(app, common);
  AddReleaseCommands(app, common);
  AddTraceCommand(app, common);
  AddLogCommand(app, common);
  AddTractorCommand(app, common);
  AddKeysCommand(app, exit_code);
  AddBundleCommand(app, exit_code);
  AddConvertCommand(app, common);
  AddCompletionCommand(app);
}

}  // namespace furrow::cli
