// SPDX-License-Identifier: Apache-2.0
#include "edge/live/realtime.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstring>

namespace furrow::edge {

bool MakeUrgent(Urgency urgency) noexcept {
  const sched_param priority{static_cast<int>(urgency)};
  return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority) == 0;
}

bool LockMemory() noexcept { return ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0; }

[[gnu::noinline]] void TouchStack() noexcept {
  constexpr size_t kBytes = 256 * 1024;
  char below[kBytes];
  std::memset(below, 0, sizeof below);
  // The compiler must think that somebody reads it.
  asm volatile("" ::"r"(below) : "memory");
}

}  // namespace furrow::edge
