// SPDX-License-Identifier: Apache-2.0
// Looks after running tasks: shows those that nobody hears of, and stops them when that lasts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/status.h"
#include "entities/core.h"

namespace furrow::platform {

/// Silence is counted by the monotonic clock, from when the watchdog saw the last new sign of life:
/// neither a wall clock that jumps nor hours in which the server was down stop a run. Not
/// thread-safe.
class Watchdog {
 public:
  Watchdog(entities::Core& core, std::chrono::seconds time_out)
      : core_(core), time_out_(time_out) {}

  struct Round {
    int64_t unreachable = 0;  ///< newly so
    int64_t back = 0;
    int64_t stopped = 0;
  };
  /// Looks at every task in_progress. One that is silent gets `unreachable`, the time when that was
  /// noticed, and loses it with its next sign of life; silent for longer than the time-out it
  /// becomes stopped, "Forced stop (non-responsive)".
  Result<Round> Look();

 private:
  struct Sign {
    std::string last;  ///< differs from one sign of life to the next
    std::chrono::steady_clock::time_point since;
    uint64_t round = 0;
  };
  Status Visit(const std::string& id, Round& round);
  Status Show(const std::string& id, bool unreachable, int64_t& count);
  Status StopTask(const std::string& id, const Sign& sign, int64_t& count);
  Result<std::string> LastSign(const std::string& id, const json::Value& task) const;

  entities::Core& core_;
  const std::chrono::seconds time_out_;
  std::unordered_map<std::string, Sign> signs_;
  uint64_t round_ = 0;
};

}  // namespace furrow::platform
