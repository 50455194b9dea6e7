// SPDX-License-Identifier: Apache-2.0
// For how long an entry that was handed out belongs to whom it was given, and how often it is
// offered. Pure: the clocks are arguments.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace furrow::domain {

/// Microseconds of a clock that never goes back and starts anew with the machine.
using Ticks = int64_t;

inline constexpr std::chrono::seconds kLeaseTime{60};

/// Once, and three times more: a task whose every worker dies must not kill them all.
inline constexpr int64_t kOffersMax = 4;

/// When a lease that was written as `until` in the life `boot` of the machine runs out. How much of
/// one was left when another life ended nobody knows: it begins anew. So does one that would last
/// longer than any can.
inline Ticks LeaseEnd(std::string_view boot, Ticks until, std::string_view boot_now, Ticks now,
                      std::chrono::microseconds lease_time) {
  const Ticks whole = now + lease_time.count();
  return boot == boot_now ? std::min(until, whole) : whole;
}

}  // namespace furrow::domain
