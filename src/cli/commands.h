// SPDX-License-Identifier: Apache-2.0
// The command line: tasks, projects, models, queues, workers and `furrow log`, over the HTTP API
// like any other client.
#pragma once

#include <CLI/CLI.hpp>

namespace furrow::cli {

/// Adds every subcommand; `exit_code` receives what the process ends with.
void AddCommands(CLI::App& app, int& exit_code);

}  // namespace furrow::cli
