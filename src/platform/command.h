// SPDX-License-Identifier: Apache-2.0
// `furrow server`.
#pragma once

#include <CLI/CLI.hpp>

namespace furrow::platform {

/// Adds the subcommand. It runs until SIGTERM or SIGINT; `exit_code` receives what the process
/// ends with.
void AddServerCommand(CLI::App& app, int& exit_code);

}  // namespace furrow::platform
