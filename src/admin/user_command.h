// SPDX-License-Identifier: Apache-2.0
// `furrow user ...`: asks the server that runs on a data directory, or opens the store itself.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "base/status.h"

namespace furrow::admin {

struct UserCommand {
  std::string action;  ///< "add", "list", "disable", "enable", "reset"
  std::string data;    ///< the data directory
  std::string name;
  std::string role;
  std::optional<std::string> password, access_key, secret_key;
  bool json = false;
};

/// Returns the exit code: 0, or 1 with one line in `err` saying what went wrong.
int RunUserCommand(const UserCommand& command, std::ostream& out, std::ostream& err);

/// Asks on the terminal, twice and without echo; from anything else one line is read. Errors:
/// kInvalidArgument when the two differ or nothing came.
Result<std::string> PromptPassword(std::istream& in, std::ostream& err);

}  // namespace furrow::admin
