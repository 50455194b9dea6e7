// SPDX-License-Identifier: Apache-2.0
// `furrow backup` and `furrow restore`.
#pragma once

#include <CLI/CLI.hpp>

namespace furrow::admin {

void AddBackupCommands(CLI::App& app, int& exit_code);

}  // namespace furrow::admin
