// SPDX-License-Identifier: Apache-2.0
// What the kernel says a process has used.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace furrow::loadgen {

/// Processor seconds, user and system, of all its threads; negative when there is no such process.
double CpuSeconds(pid_t pid);
/// Resident bytes; 0 when there is no such process.
uint64_t ResidentBytes(pid_t pid);
/// Nanoseconds of the monotonic clock.
uint64_t Now();

}  // namespace furrow::loadgen
