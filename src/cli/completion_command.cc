// SPDX-License-Identifier: Apache-2.0
// furrow completion bash|zsh: a script made from the commands themselves.
#include <cstdio>

#include "cli/command.h"

namespace furrow::cli {
namespace {

// Words that may follow a command: its subcommands and its options.
std::string WordsOf(const CLI::App& app) {
  std::string out;
  for (const CLI::App* sub : app.get_subcommands({})) {
    if (!sub->get_name().empty()) out += sub->get_name() + " ";
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) out += "--" + name + " ";
  }
  return out;
}

void AddCases(const CLI::App& app, const std::string& path, std::string& out) {
  out += "    '" + path + "') words='" + WordsOf(app) + "' ;;\n";
  for (const CLI::App* sub : app.get_subcommands({})) {
    AddCases(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
  }
}

std::string Script(const CLI::App& root, const std::string& shell) {
  std::string cases;
  AddCases(root, "", cases);
  std::string out;
  if (shell == "zsh") out += "autoload -U +X bashcompinit && bashcompinit\n";
  out +=
      "_furrow() {\n"
      "  local path='' words='' i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    [[ ${COMP_WORDS[i]} == -* ]] || path=\"${path:+$path }${COMP_WORDS[i]}\"\n"
      "  done\n"
      "  case \"$path\" in\n" +
      cases +
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
      "}\n"
      "complete -o default -F _furrow furrow\n";
  return out;
}

}  // namespace

void AddCompletionCommand(CLI::App& app) {
  CLI::App* command = app.add_subcommand("completion", "print a completion script for your shell");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command->footer("Examples:\n  source <(furrow completion bash)\n");
  command->callback([&app, shell] { std::fputs(Script(app, *shell).c_str(), stdout); });
}

}  // namespace furrow::cli
