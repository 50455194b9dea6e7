// SPDX-License-Identifier: Apache-2.0
// What it means that nobody has heard of a running task for a while. Pure.
#pragma once

#include <algorithm>
#include <chrono>

namespace furrow::domain {

enum class Silence {
  kNone,
  kUnreachable,  ///< shown; the status stays, because clients kill a process whose status changes
  kGone,         ///< to be stopped
};

/// Four of the signs of life that a run gives every 30 seconds were missed.
inline constexpr std::chrono::seconds kUnreachableAfter{120};
/// Whatever is configured, nothing is stopped sooner.
inline constexpr std::chrono::seconds kGoneAfterAtLeast{600};

inline Silence SilenceOf(std::chrono::steady_clock::duration silent,
                         std::chrono::seconds configured) {
  if (silent >= std::max(configured, kGoneAfterAtLeast)) return Silence::kGone;
  return silent >= kUnreachableAfter ? Silence::kUnreachable : Silence::kNone;
}

}  // namespace furrow::domain
