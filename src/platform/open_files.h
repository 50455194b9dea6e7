// SPDX-License-Identifier: Apache-2.0
// How many files and connections the server may have open.
#pragma once

#include <sys/resource.h>

namespace furrow::platform {

/// What the server takes where it may, and what its unit asks for.
inline constexpr rlim_t kOpenFiles = 65'536;

/// What becomes of a limit when the server starts: programs begin with a low one, 1024 as a rule,
/// for the sake of those that use select, and may raise it themselves.
constexpr rlim_t RaisedOpenFiles(const rlimit& limit) {
  if (limit.rlim_cur >= kOpenFiles) return limit.rlim_cur;
  return limit.rlim_max < kOpenFiles ? limit.rlim_max : kOpenFiles;
}

/// Raises this process's own. Best effort.
inline void RaiseOpenFiles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = RaisedOpenFiles(limit);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace furrow::platform
