// SPDX-License-Identifier: Apache-2.0
// How far a pose can be trusted, source by source: the flags of a pose and of a log.
#pragma once

#include <cstdint>

namespace furrow::edge {

enum class Source : uint8_t { kWheel, kGnss, kImu, kHeight };
constexpr int kSources = 4;

/// kHeld: it is silent or was refused, and what it said before is still used. kDegraded: something
/// worse stands in for it. kLost: nothing does. A source that is not fitted is good.
enum class SourceState : uint8_t { kGood, kHeld, kDegraded, kLost };

/// Two bits for each source, from the lowest on: 0 is a pose without any doubt.
constexpr uint32_t MarkOf(Source source, SourceState state) {
  return static_cast<uint32_t>(state) << (2 * static_cast<int>(source));
}
constexpr SourceState StateOf(uint32_t flags, Source source) {
  return static_cast<SourceState>(flags >> (2 * static_cast<int>(source)) & 3);
}

/// No source says how fast the machine is: the last speed is held.
constexpr uint32_t kSpeedHeld = 1u << 8;
/// GNSS says that the wheel slips, and its pulses are stretched accordingly.
constexpr uint32_t kWheelSlips = 1u << 9;

}  // namespace furrow::edge
