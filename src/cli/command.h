// SPDX-License-Identifier: Apache-2.0
// What every subcommand shares: the connection, the choice between a table and JSON, and the way
// a Status becomes a message and an exit code.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "base/status.h"
#include "client/session.h"
#include "json/value.h"

namespace furrow::cli {

struct Common {
  client::TargetHints hints;
  bool json = false;
  int& exit_code;
};

/// Adds a subcommand with the shared options (--api, --data, --json) that runs `body` with a
/// session; an error is printed as "furrow NAME: message" and ends with 1.
CLI::App* AddCommand(CLI::App& parent, const std::shared_ptr<Common>& common,
                     const std::string& name, const std::string& help, const std::string& examples,
                     std::function<Status(client::Session&)> body);

/// The shared options, and what AddCommand runs when its command is called as `full`: for commands
/// that are more than that.
void AddConnection(CLI::App& command, const std::shared_ptr<Common>& common);
void RunCommand(const std::shared_ptr<Common>& common, const std::string& full,
                const std::function<Status(client::Session&)>& body);

/// Calls `body` once, or with `every_s` above 0 again and again on a cleared screen until it fails.
Status Repeat(double every_s, const std::function<Status()>& body);

void AddTaskCommands(CLI::App& app, const std::shared_ptr<Common>& common);
void AddListCommands(CLI::App& app, const std::shared_ptr<Common>& common);
void AddFleetCommands(CLI::App& app, const std::shared_ptr<Common>& common);
void AddReleaseCommands(CLI::App& app, const std::shared_ptr<Common>& common);
void AddTraceCommand(CLI::App& app, const std::shared_ptr<Common>& common);
void AddLogCommand(CLI::App& app, const std::shared_ptr<Common>& common);
void AddTractorCommand(CLI::App& app, const std::shared_ptr<Common>& common);
void AddKeysCommand(CLI::App& app, int& exit_code);
void AddBundleCommand(CLI::App& app, int& exit_code);
void AddConvertCommand(CLI::App& app, const std::shared_ptr<Common>& common);

/// 0, or 1 after the error was printed as "furrow NAME: message".
int Ended(const char* name, const Status& status);

/// The one task a user meant: an id, the beginning of one, or a name that only one task has.
/// Errors: kNotFound, kInvalidArgument when several match (naming them).
Result<std::string> ResolveTask(client::Session& session, const std::string& text);

/// Prints pretty JSON to standard output.
void PrintJson(const json::Value& value);

}  // namespace furrow::cli
