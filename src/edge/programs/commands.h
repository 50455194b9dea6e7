// SPDX-License-Identifier: Apache-2.0
// The commands of furrow-edge, one file each. Each adds itself to `app` and, when chosen, sets
// `exit_code`: 0 done, 1 failed, 2 the arguments cannot be.
#pragma once

namespace CLI {
class App;
}

namespace furrow::edge {

void AddBenchCommand(CLI::App& app, int& exit_code);
/// Says of each image what is plant: a table, one line of JSON an image, and masks as PNG. An image
/// that cannot be read makes it fail; the others are done all the same.
void AddDetectCommand(CLI::App& app, int& exit_code);
/// Whether the model of a slot repeats the decisions of its golden frames, each within its time.
void AddGoldenCommand(CLI::App& app, int& exit_code);
void AddMapCommand(CLI::App& app, int& exit_code);
void AddPlanCommand(CLI::App& app, int& exit_code);
void AddReplayCommand(CLI::App& app, int& exit_code);
void AddRunCommand(CLI::App& app, int& exit_code);
/// How well a recorded drive over a generated field went.
void AddScoreCommand(CLI::App& app, int& exit_code);
void AddSelectCommand(CLI::App& app, int& exit_code);
void AddSimCommand(CLI::App& app, int& exit_code);
void AddTopCommand(CLI::App& app, int& exit_code);
/// The masks of frames that a machine over a generated field has recorded.
void AddTruthCommand(CLI::App& app, int& exit_code);
void AddValvesCommand(CLI::App& app, int& exit_code);

}  // namespace furrow::edge
