// SPDX-License-Identifier: Apache-2.0
#include "completion/completion.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace furrow {
namespace {

constexpr char kCommand[] = "completion";

// Words that may follow a command: its subcommands and its options.
std::string WordsOf(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (!sub->get_name().empty()) out += sub->get_name() + " ";
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out += "--" + name + " ";
  }
  if (app.get_name() == kCommand) out += "bash zsh ";
  return out;
}

// The names of all commands, each with those above it.
void AddPaths(const CLI::App& app, const std::string& path, std::string& out) {
  for (const CLI::App* sub : app.get_subcommands({})) {
    const std::string name = path.empty() ? sub->get_name() : path + " " + sub->get_name();
    out += (out.empty() ? "'" : " | '") + name + "'";
    AddPaths(*sub, name, out);
  }
}

void AddCases(const CLI::App& app, const std::string& path, std::string& out) {
  out += "    '" + path + "') words='" + WordsOf(app) + "' ;;\n";
  for (const CLI::App* sub : app.get_subcommands({})) {
    AddCases(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
  }
}

std::string Script(const CLI::App& root, const std::string& shell) {
  const std::string program = root.get_name();
  std::string function = "_" + program;
  std::ranges::replace(function, '-', '_');
  std::string cases, paths;
  AddCases(root, "", cases);
  AddPaths(root, "", paths);
  std::string out;
  if (shell == "zsh") out += "autoload -U +X bashcompinit && bashcompinit\n";
  out += function +
         "() {\n"
         "  local at='' next words='' i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    next=\"${at:+$at }${COMP_WORDS[i]}\"\n"
         "    case \"$next\" in\n"
         "    " +
         paths +
         ") at=$next ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$at\" in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F " +
         function + " " + program + "\n";
  return out;
}

}  // namespace

void AddCompletionCommand(CLI::App& app) {
  CLI::App* command = app.add_subcommand(kCommand, "print a completion script for your shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  const std::string line = "  source <(" + app.get_name() + " completion ";
  command->footer("Examples:\n" + line + "bash)\n" + line + "zsh)   # after compinit\n");
  command->callback([&app, shell] { std::fputs(Script(app, *shell).c_str(), stdout); });
}

}  // namespace furrow
