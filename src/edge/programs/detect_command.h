// SPDX-License-Identifier: Apache-2.0
// `furrow-edge detect`.
#pragma once

#include <CLI/CLI.hpp>

namespace furrow::edge {

/// Adds the subcommand. It says of each image what is plant: a table, one line of JSON an image,
/// and masks as PNG. `exit_code` receives 1 when an image could not be read or a mask not be
/// written; the others are done all the same.
void AddDetectCommand(CLI::App& app, int& exit_code);

}  // namespace furrow::edge
