// SPDX-License-Identifier: Apache-2.0
// The Tab key for a program's commands: a script for bash or zsh, made from the commands
// themselves.
#pragma once

namespace CLI {
class App;
}

namespace furrow {

/// Adds `completion bash|zsh` to a program of that name, which prints the script. After all other
/// commands; `app` must outlive the parsing.
void AddCompletionCommand(CLI::App& app);

}  // namespace furrow
