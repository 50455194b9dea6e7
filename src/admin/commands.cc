// SPDX-License-Identifier: Apache-2.0
#include "admin/commands.h"

#include <iostream>
#include <memory>

#include "admin/user_command.h"

namespace furrow::admin {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  furrow user add ada --role user --data /var/lib/furrow\n"
    "  furrow user add ci --role user --access-key CI --secret-key \"$SECRET\" --data ./data\n"
    "  furrow user reset ada --password prompt --data ./data\n"
    "\n"
    "Works while a server runs on the directory and while none does.\n";

constexpr char kPrompt[] = "prompt";

struct Values {
  UserCommand command;
  std::string password, access_key, secret_key;
};

int Run(Values& values, const CLI::App& action) {
  UserCommand& command = values.command;
  command.action = action.get_name();
  if (!values.access_key.empty()) command.access_key = values.access_key;
  if (!values.secret_key.empty()) command.secret_key = values.secret_key;
  if (values.password == kPrompt) {
    Result<std::string> password = PromptPassword(std::cin, std::cerr);
    if (!password.ok()) {
      std::cerr << "furrow user: " << password.status().message() << "\n";
      return 1;
    }
    command.password = std::move(*password);
  } else if (!values.password.empty()) {
    command.password = values.password;
  }
  return RunUserCommand(command, std::cout, std::cerr);
}

}  // namespace

void AddUserCommands(CLI::App& app, int& exit_code) {
  CLI::App* user = app.add_subcommand("user", "users of a data directory: add, list, disable…");
  user->require_subcommand(1);
  user->footer(kExamples);
  auto values = std::make_shared<Values>();
  UserCommand& command = values->command;

  const auto add_action = [&](const char* name, const char* help, bool named) {
    CLI::App* action = user->add_subcommand(name, help);
    action->add_option("--data", command.data, "data directory of the server [FURROW_DATA]")
        ->envname("FURROW_DATA")
        ->required();
    action->add_flag("--json", command.json, "answer in JSON");
    if (named) action->add_option("name", command.name, "the user's name")->required();
    action->callback([values, action, &exit_code] { exit_code = Run(*values, *action); });
    return action;
  };
  const auto add_password = [&](CLI::App* action, const char* otherwise) {
    action->add_option("--password", values->password,
                       std::string("its password; \"prompt\" asks for it; ") + otherwise);
  };

  CLI::App* add = add_action("add", "add a user; what is not given is made and shown once", true);
  add->add_option("--role", command.role, "what it may do")
      ->required()
      ->check(
          CLI::IsMember({"system", "root", "admin", "superuser", "user", "annotator", "guest"}));
  add_password(add, "by default one is made, or none when a pair of keys is given");
  auto* access = add->add_option("--access-key", values->access_key, "its API access key");
  auto* secret = add->add_option("--secret-key", values->secret_key, "its API secret key");
  access->needs(secret);
  secret->needs(access);

  add_action("list", "list users", false);
  add_action("disable", "refuse a user everywhere, at once", true);
  add_action("enable", "let a disabled user in again", true);
  add_password(add_action("reset", "give a user another password and end its sessions", true),
               "by default one is made and shown once");
}

}  // namespace furrow::admin
