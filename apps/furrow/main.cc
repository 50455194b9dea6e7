// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "admin/backup_command.h"
#include "admin/check_commands.h"
#include "admin/commands.h"
#include "cli/commands.h"
#include "platform/command.h"
#include "platform/doctor.h"

int main(int argc, char** argv) {
  CLI::App app{"Furrow: experiments, models and data sets, from the lab to the field", "furrow"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "furrow " FURROW_VERSION);
  int exit_code = 0;
  furrow::platform::AddServerCommand(app, exit_code);
  furrow::platform::AddDoctorCommand(app, exit_code);
  furrow::admin::AddUserCommands(app, exit_code);
  furrow::admin::AddBackupCommands(app, exit_code);
  furrow::admin::AddCheckCommands(app, exit_code);
  furrow::cli::AddCommands(app, exit_code);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
