// SPDX-License-Identifier: Apache-2.0
// `furrow fsck` and `furrow du`.
#pragma once

#include <CLI/CLI.hpp>

namespace furrow::admin {

void AddCheckCommands(CLI::App& app, int& exit_code);

}  // namespace furrow::admin
