// SPDX-License-Identifier: Apache-2.0
// A chore done now and then, by whoever comes by when it is due.
#pragma once

#include <chrono>
#include <optional>

#include "base/mutex.h"
#include "base/time.h"

namespace furrow::entities {

/// Thread-safe.
class NowAndThen {
 public:
  explicit NowAndThen(std::chrono::seconds every) : every_(every) {}

  /// True for one caller in each period, the first one included.
  bool IsDue(const Clock& clock) {
    const MutexLock lock(mutex_);
    const auto now = clock.Steady();
    if (last_ && now - *last_ < every_) return false;
    last_ = now;
    return true;
  }

 private:
  const std::chrono::seconds every_;
  Mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> last_ FURROW_GUARDED_BY(mutex_);
};

}  // namespace furrow::entities
