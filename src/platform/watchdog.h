// SPDX-License-Identifier: Apache-2.0
// Looks after running tasks: shows those that nobody hears of, and stops them when that lasts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "entities/core.h"

namespace furrow::platform {

/// Silence is counted by the monotonic clock, from when the watchdog saw the last new sign of life:
/// neither a wall clock that jumps nor hours in which the server was down stop a run. A round reads
/// columns alone: no document and nothing of the event store's, but of those it changes. Not
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
    std::chrono::steady_clock::time_point since;
    uint64_t round = 0;
  };
  struct Found {
    std::vector<std::string> unreachable, back, gone;
  };
  void Hear();
  Result<Found> Search();
  Status Show(const std::vector<std::string>& ids, bool unreachable, int64_t& count);
  Status StopTask(const std::string& id, int64_t& count);

  entities::Core& core_;
  const std::chrono::seconds time_out_;
  std::unordered_map<std::string, Sign> signs_;
  std::unordered_set<std::string> heard_;  ///< since the last search
  uint64_t round_ = 0;
};

}  // namespace furrow::platform
