// SPDX-License-Identifier: Apache-2.0
// What carries orders to valves: a driver for each kind. Valves (valves.h) is what gives them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "edge/actuate/valve_set.h"
#include "edge/boom/units.h"
#include "edge/schedule/schedule.h"

namespace furrow::edge {

/// What a tick has to say to the valves. It also renews their lease.
struct ValveOrder {
  Nanos now = 0;                     // on the clock of the commands
  Nanos lease = 0;                   // no further order within this: every valve closes
  std::span<const Command> changes;  // of each nozzle in order of time, some ticks ahead of it
  const ValveSet* open = nullptr;    // the states after all changes
  bool close_all = false;            // at once, whatever was ordered; `open` is empty
};

/// A driver. Used by one thread, which may be a real-time one: after construction Send neither
/// allocates nor locks nor waits.
///
/// How exactly the times of commands are kept is the driver's: it says so in its header. None is
/// early by more than half a tick, and a close order is never held back.
class ValveBus {
 public:
  virtual ~ValveBus() = default;

  /// False when the valves may not have got it. What they do then is to close at the end of the
  /// lease, unless a later order reaches them.
  virtual bool Send(const ValveOrder& order) noexcept = 0;

  /// How often, up to `now`, valves closed because their lease ran out, as far as the driver knows.
  virtual uint64_t Lapses(Nanos now) noexcept = 0;
  /// Changes that reached the valves more than a tick after their time, as far as it hears of it.
  virtual uint64_t late() const noexcept { return 0; }

  /// Which valves are open as the device itself tells, where it can: the level of a line, the flow
  /// of a simulated nozzle. May wait: not for the real-time thread.
  virtual std::optional<ValveSet> ReadBack(Nanos /*now*/) { return std::nullopt; }
};

}  // namespace furrow::edge
