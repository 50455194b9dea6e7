// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "completion/completion.h"
#include "edge/programs/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"furrow-edge: sees a weed and opens the right nozzle in time", "furrow-edge"};
  app.require_subcommand(1);
  app.set_version_flag("--version", "furrow-edge " FURROW_VERSION);
  int exit_code = 0;
  furrow::edge::AddBenchCommand(app, exit_code);
  furrow::edge::AddDetectCommand(app, exit_code);
  furrow::edge::AddGoldenCommand(app, exit_code);
  furrow::edge::AddMapCommand(app, exit_code);
  furrow::edge::AddPlanCommand(app, exit_code);
  furrow::edge::AddReplayCommand(app, exit_code);
  furrow::edge::AddRunCommand(app, exit_code);
  furrow::edge::AddScoreCommand(app, exit_code);
  furrow::edge::AddSelectCommand(app, exit_code);
  furrow::edge::AddSimCommand(app, exit_code);
  furrow::edge::AddTopCommand(app, exit_code);
  furrow::edge::AddTruthCommand(app, exit_code);
  furrow::edge::AddValvesCommand(app, exit_code);
  furrow::AddCompletionCommand(app);
  CLI11_PARSE(app, argc, argv);
  return exit_code;
}
