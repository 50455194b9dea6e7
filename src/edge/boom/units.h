// SPDX-License-Identifier: Apache-2.0
// The integers that decisions are made in. Whole numbers give the same decision on every processor.
#pragma once

#include <cmath>
#include <cstdint>

namespace furrow::edge {

/// Length in micrometres.
using Microns = int64_t;
/// Time in nanoseconds on the clock that stamps odometry and frames; or a span of it.
using Nanos = int64_t;
/// Speed in micrometres per second.
using MicronsPerSecond = int64_t;
/// Angular speed in nanoradians per second, positive to the left.
using NanoradsPerSecond = int64_t;

constexpr Nanos kSecond = 1'000'000'000;
constexpr Nanos kMillisecond = 1'000'000;
constexpr Microns kMetre = 1'000'000;

/// A decimal number of a file (metres, seconds, radians) in millionths or billionths, rounded.
inline int64_t ToMillionths(double value) { return std::llround(value * 1e6); }
inline int64_t ToBillionths(double value) { return std::llround(value * 1e9); }
inline double FromMillionths(int64_t value) { return static_cast<double>(value) / 1e6; }
inline double FromBillionths(int64_t value) { return static_cast<double>(value) / 1e9; }

}  // namespace furrow::edge
