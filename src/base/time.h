// SPDX-License-Identifier: Apache-2.0
// Wall time as microseconds since 1970 UTC, its text form on the wire, and the clock behind an
// interface so that tests can move it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace furrow {

/// Microseconds since 1970-01-01T00:00:00Z. Good from year 1 to 9999.
using Micros = int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time; may jump.
  virtual Micros Now() const = 0;
  /// Never goes back; its zero has no meaning. Leases and time-outs use this one.
  virtual std::chrono::steady_clock::time_point Steady() const = 0;
};

/// The machine's own clock. Thread-safe.
const Clock& SystemClock();

/// "2026-11-23T20:31:43.123456+00:00": fixed width, so text order is time order.
std::string FormatTime(Micros time);

/// Reads ISO 8601 with 'T' or a space, an optional fraction, and 'Z', an offset or nothing (UTC);
/// also a bare date. nullopt when it is none of these.
std::optional<Micros> ParseTime(std::string_view text);

}  // namespace furrow
