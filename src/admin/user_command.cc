// SPDX-License-Identifier: Apache-2.0
#include "admin/user_command.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include <fmt/format.h>

#include "admin/offline.h"
#include "admin/operations.h"
#include "admin/socket.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

json::Value RequestOf(const UserCommand& command) {
  json::Value request = json::Object{{"op", "user." + command.action}};
  if (!command.name.empty()) request["name"] = command.name;
  if (!command.role.empty()) request["role"] = command.role;
  if (command.password) request["password"] = *command.password;
  if (command.access_key) request["access_key"] = *command.access_key;
  if (command.secret_key) request["secret_key"] = *command.secret_key;
  return request;
}

Result<json::Value> Ask(const UserCommand& command) {
  const json::Value request = RequestOf(command);
  FURROW_ASSIGN(std::optional<json::Value> answer, AskServer(command.data, request));
  if (answer) return std::move(*answer);
  FURROW_ASSIGN(const Offline offline, Offline::Open(command.data, command.action == "add"));
  json::Value local = Perform(*offline.directory, *offline.engine, request);
  const auth::FirstBoot& boot = offline.first_boot;
  if (boot.happened) {
    local["first_boot"] = json::Object{{"name", boot.admin_name}, {"password", boot.password}};
  }
  return local;
}

// Aligned by characters, not bytes: continuation bytes take no place.
std::string Padded(const std::string& text, size_t width) {
  const auto shown = static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
  return text + std::string(width > shown ? width - shown : 0, ' ');
}

void PrintList(const json::Value& data, std::ostream& out) {
  size_t width = 4;
  for (const json::Value& user : data.At("users").array()) {
    width = std::max(width, user.At("name").AsString().size());
  }
  out << Padded("NAME", width) << "  "
      << fmt::format("{:<10}{:<10}{:<6}{}\n", "ROLE", "STATE", "KEYS", "LAST USED");
  for (const json::Value& user : data.At("users").array()) {
    const std::string used = user.At("last_used").AsString("never").substr(0, 19);
    out << Padded(user.At("name").AsString(), width) << "  "
        << fmt::format("{:<10}{:<10}{:<6}{}\n", user.At("role").AsString(),
                       user.At("disabled").AsBool() ? "disabled" : "active",
                       user.At("credentials").AsInt(), used);
  }
}

void PrintSecrets(const json::Value& data, std::ostream& out) {
  const json::Value& pair = data.At("credentials");
  if (data.At("password").IsString() || pair.IsObject()) out << "Shown once:\n";
  if (data.At("password").IsString()) {
    out << "  password    " << data.At("password").AsString() << "\n";
  }
  if (pair.IsObject()) {
    out << "  access key  " << pair.At("access_key").AsString() << "\n  secret key  "
        << pair.At("secret_key").AsString() << "\n";
  }
}

void Print(const UserCommand& command, const json::Value& data, std::ostream& out) {
  if (command.action == "list") return PrintList(data, out);
  const std::string name = data.At("user").At("name").AsString();
  if (command.action == "add") {
    out << "Added " << name << " (" << data.At("user").At("role").AsString() << ").\n";
  } else if (command.action == "reset") {
    out << "The password of " << name << " was changed; its sessions have ended.\n";
  } else {
    out << name << " is " << (command.action == "disable" ? "disabled" : "active") << ".\n";
  }
  PrintSecrets(data, out);
}

// Restores the terminal whatever happens.
class NoEcho {
 public:
  NoEcho() {
    active_ = ::isatty(STDIN_FILENO) != 0 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!active_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() {
    if (active_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  bool active() const { return active_; }

 private:
  termios before_{};
  bool active_ = false;
};

}  // namespace

int RunUserCommand(const UserCommand& command, std::ostream& out, std::ostream& err) {
  const Result<json::Value> answer = Ask(command);
  const bool ok = answer.ok() && answer->At("ok").AsBool();
  if (answer.ok() && answer->Find("first_boot") != nullptr && !command.json) {
    const json::Value& boot = answer->At("first_boot");
    err << "This directory was new: an administrator was made. This is shown once.\n  user     "
        << boot.At("name").AsString() << "\n  password " << boot.At("password").AsString() << "\n";
  }
  if (command.json && answer.ok()) {
    json::Value shown =
        ok ? answer->At("data") : json::Value(json::Object{{"error", answer->At("error")}});
    if (const json::Value* boot = answer->Find("first_boot")) shown["first_boot"] = *boot;
    out << json::WritePretty(shown) << "\n";
    return ok ? 0 : 1;
  }
  if (!ok) {
    err << "furrow user: "
        << (answer.ok() ? answer->At("error").AsString() : answer.status().message()) << "\n";
    return 1;
  }
  Print(command, answer->At("data"), out);
  return 0;
}

Result<std::string> PromptPassword(std::istream& in, std::ostream& err) {
  std::string first, second;
  const NoEcho silence;
  if (silence.active()) err << "Password: " << std::flush;
  if (!std::getline(in, first) || first.empty()) {
    return Status(Code::kInvalidArgument, "no password was given");
  }
  if (!silence.active()) return first;
  err << "\nAgain: " << std::flush;
  std::getline(in, second);
  err << "\n";
  if (first != second) return Status(Code::kInvalidArgument, "the two passwords differ");
  return first;
}

}  // namespace furrow::admin
