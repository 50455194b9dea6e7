// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/deadlines.h"

namespace furrow::edge {
namespace {

constexpr std::string_view kNames[kLateCauses] = {"stall", "lost-frame", "latency", "look",
                                                  "turn",  "wake",       "rest",    "speed"};

}  // namespace

std::string_view LateCauseName(LateCause cause) { return kNames[static_cast<size_t>(cause)]; }

Deadlines::Deadlines() : stories_(kStories) {}

void Deadlines::Tell(Nanos now, LateCause by, std::span<const GroundWeed> told) {
  for (const GroundWeed& weed : told) {
    Story& story = stories_[weed.id % kStories];
    if (story.weed != weed.id) story = {weed.id, now, now, by, by};
    story.last = now;
    story.last_by = by;
  }
}

void Deadlines::OnFrame(Nanos now, bool stalled, bool after_lost,
                        std::span<const GroundWeed> told) {
  Tell(now,
       stalled      ? LateCause::kStall
       : after_lost ? LateCause::kLostFrame
                    : LateCause::kLatency,
       told);
}

void Deadlines::OnTurn(Nanos now, std::span<const GroundWeed> told) {
  Tell(now, LateCause::kTurn, told);
}

LateCause Deadlines::CauseOf(const LateWindow& window, Nanos before, Nanos covered) const {
  const Story& story = stories_[window.weed % kStories];
  if (story.weed == window.weed) {
    if (story.first > window.due) return story.first_by;
    // What a tick finds late it was told since the one before, or knew all along.
    if (story.last > before) {
      return story.last_by == LateCause::kLatency ? LateCause::kLook : story.last_by;
    }
  }
  if (window.resting) return LateCause::kRest;
  return window.due >= covered ? LateCause::kWake : LateCause::kSpeed;
}

LateCause Deadlines::Add(const LateWindow& window, Nanos before, Nanos covered) {
  const LateCause cause = CauseOf(window, before, covered);
  LateCost& cost = costs_[static_cast<size_t>(cause)];
  ++cost.windows;
  cost.beyond += window.missed || window.mm2 > 0;
  cost.mm2 += window.mm2;
  return cause;
}

}  // namespace furrow::edge
