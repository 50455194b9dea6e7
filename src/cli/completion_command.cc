// SPDX-License-Identifier: Apache-2.0
// furrow completion bash|zsh: a script made from the commands themselves.
#include <cstdio>

#include "cli/command.h"

namespace furrow::cli {
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
  std::string cases, paths;
  AddCases(root, "", cases);
  AddPaths(root, "", paths);
  std::string out;
  if (shell == "zsh") out += "autoload -U +X bashcompinit && bashcompinit\n";
  out +=
      "_furrow() {\n"
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
      "complete -o default -F _furrow furrow\n";
  return out;
}

}  // namespace

void AddCompletionCommand(CLI::App& app) {
  CLI::App* command = app.add_subcommand(kCommand, "print a completion script for your shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command->footer(
      "Examples:\n  source <(furrow completion bash)\n  source <(furrow completion zsh)   # after "
      "compinit\n");
  command->callback([&app, shell] { std::fputs(Script(app, *shell).c_str(), stdout); });
}

}  // namespace furrow::cli
