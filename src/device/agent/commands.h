// SPDX-License-Identifier: Apache-2.0
// The commands of furrow-device. Each adds itself to `app` and, when chosen, sets `exit_code`.
#pragma once

namespace CLI {
class App;
}

namespace furrow::device {

void AddEnrollCommand(CLI::App& app, int& exit_code);
void AddRunCommand(CLI::App& app, int& exit_code);
void AddStatusCommand(CLI::App& app, int& exit_code);

}  // namespace furrow::device
