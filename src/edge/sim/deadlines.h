// SPDX-License-Identifier: Apache-2.0
// Why windows did not open in their time, and what that cost.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "edge/boom/units.h"
#include "edge/pose/path.h"
#include "edge/schedule/schedule.h"

namespace furrow::edge {

enum class LateCause : uint8_t {
  kStall,      // the frame that told of the weed in the end had stalled
  kLostFrame,  // ... or came after one of its camera that was lost
  kLatency,    // ... or was on its way for longer than there was time
  kLook,       // it was known in time, but a later look showed it otherwise
  kTurn,       // it was known in time, but moved as the turn changed
  kWake,       // the deciding thread woke too late
  kRest,       // its valve had closed too shortly before
  kSpeed,      // all was known, but the machine came on faster than it had
};
constexpr size_t kLateCauses = 8;
/// "lost-frame" and so on.
std::string_view LateCauseName(LateCause cause);

struct LateCost {
  uint64_t windows = 0;  // that opened late, if by a microsecond, or never
  uint64_t beyond = 0;   // of them, those that the margin did not make up for
  uint64_t mm2 = 0;      // ground of weeds that got nothing for that, square millimetres
};

/// Remembers of the last few thousand weeds what told of them. One thread.
class Deadlines {
 public:
  Deadlines();

  /// A frame told of these weeds at `now`.
  void OnFrame(Nanos now, bool stalled, bool after_lost, std::span<const GroundWeed> told);
  /// So did a pose.
  void OnTurn(Nanos now, std::span<const GroundWeed> told);

  /// A window that a tick found late. The one before was at `before` and had given commands for all
  /// times until `covered`.
  LateCause Add(const LateWindow& window, Nanos before, Nanos covered);

  const LateCost& cost(LateCause cause) const { return costs_[static_cast<size_t>(cause)]; }

 private:
  struct Story {
    uint32_t weed = 0;
    Nanos first = 0, last = 0;  // when it was told of, and by what
    LateCause first_by = LateCause::kLatency, last_by = LateCause::kLatency;
  };
  static constexpr size_t kStories = 8192;

  void Tell(Nanos now, LateCause by, std::span<const GroundWeed> told);
  LateCause CauseOf(const LateWindow& window, Nanos before, Nanos covered) const;

  std::vector<Story> stories_;  // by number
  std::array<LateCost, kLateCauses> costs_{};
};

}  // namespace furrow::edge
