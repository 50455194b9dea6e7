// SPDX-License-Identifier: Apache-2.0
// Another program, run to its end.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace furrow::convert {

struct Ran {
  int exit_code = 0;   // 128 + the signal's number when one ended it
  std::string output;  // standard output and error together, the last 64 KB
};

/// Starts `command` (a path, or a name looked for in PATH) without a shell and waits. Its standard
/// input is empty. Errors: kNotFound when there is no such program, kIoError.
Result<Ran> Run(const std::vector<std::string>& command);

/// Where PATH has a program of that name; empty when nowhere.
std::string InPath(const std::string& name);

}  // namespace furrow::convert
