// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "completion/completion.h"
#include "device/agent/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"furrow-device: the slow half of a tractor: link, models, what it has to tell",
               "furrow-device"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "furrow-device " FURROW_VERSION);
  int exit_code = 0;
  furrow::device::AddEnrollCommand(app, exit_code);
  furrow::device::AddRunCommand(app, exit_code);
  furrow::device::AddStatusCommand(app, exit_code);
  furrow::AddCompletionCommand(app);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
