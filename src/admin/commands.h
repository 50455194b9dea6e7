// SPDX-License-Identifier: Apache-2.0
// `furrow user add|list|disable|enable|reset`: for the owner of a data directory, whether or not a
// server runs on it.
#pragma once

#include <CLI/CLI.hpp>

namespace furrow::admin {

/// Adds the subcommand; `exit_code` receives what the process ends with.
void AddUserCommands(CLI::App& app, int& exit_code);

}  // namespace furrow::admin
