// SPDX-License-Identifier: Apache-2.0
// The one clock of a running machine: CLOCK_MONOTONIC, which nobody sets and which also stamps the
// frames of V4L2.
#pragma once

#include <time.h>

#include <algorithm>
#include <cerrno>

#include "edge/boom/units.h"

namespace furrow::edge {

inline Nanos MonotonicNow() noexcept {
  timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

/// Processor time that all threads of the process have used.
inline Nanos ProcessorTime() noexcept {
  timespec used;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * kSecond + used.tv_nsec;
}

/// Processor time that the calling thread has used.
inline Nanos ThreadTime() noexcept {
  timespec used;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * kSecond + used.tv_nsec;
}

/// Returns at or after `t`.
inline void SleepUntil(Nanos t) noexcept {
  const timespec until{static_cast<time_t>(std::max<Nanos>(t, 0) / kSecond),
                       static_cast<long>(std::max<Nanos>(t, 0) % kSecond)};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
}

}  // namespace furrow::edge
