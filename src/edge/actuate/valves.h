// SPDX-License-Identifier: Apache-2.0
// From commands to valves: what stands between the one thread that decides and the bus.
//
//   Valves valves(boom, *bus, boom.lease);
//   valves.SetMaster(true);                // the operator's switch
//   every millisecond: valves.Tick(now, commands);
//
// A valve stays open only while somebody renews its lease; Tick does, the rest of the program
// cannot. The operator's switch and the emergency stop close everything with the next tick, and
// when there is no next tick, the lease does. Tell the schedule as well (Sprayer::SetMaster), so
// that it counts what is not sprayed. docs/edge/safety.md says what follows from this and what does
// not.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "edge/actuate/valve_bus.h"
#include "edge/boom/boom.h"

namespace furrow::edge {

/// Whether valves may open.
enum class ValveGate : uint8_t {
  kOff,      // the operator's switch is off, as it is at the start
  kOn,       //
  kStopped,  // an emergency stop, until it is reset
};

struct ValveCounters {
  uint64_t ticks = 0;
  uint64_t commands = 0;     // given to the bus
  uint64_t refused = 0;      // opens while the gate was not on, or of a nozzle that is not there
  uint64_t late = 0;         // commands given more than a tick after their time
  uint64_t bus_errors = 0;   // orders that the bus did not take
  uint64_t lapses = 0;       // times that a lease ran out under open valves
  uint64_t master_offs = 0;  // times that the switch went off
  uint64_t emergency_stops = 0;  // times that a stop was called for
  uint64_t ticks_off = 0;        // ticks while the switch was off
  uint64_t ticks_stopped = 0;    // ticks after an emergency stop
};

/// Tick, CloseAll, counters, IsOpen and open belong to one thread; the gate may be moved by any
/// thread at any time. Nothing allocates, locks, logs or throws after construction.
class Valves {
 public:
  /// `bus` must outlive it. `lease`: 20 ms to 50 ms.
  Valves(const Boom& boom, ValveBus& bus, Nanos lease);

  /// Gives the commands of one tick to the bus and renews the lease. `now` is the time at which
  /// this is called, on the clock of the commands, and must not go back. Commands are as
  /// Schedule::Step gives them: of each nozzle in order of time.
  ///
  /// After a lease has run out every nozzle counts as closed and opens with its next open command,
  /// not with what was left of the one before. False when the bus did not take it.
  bool Tick(Nanos now, std::span<const Command> commands) noexcept;

  /// Closes everything at once; the next open command opens again. False: as above, and the lease
  /// will do it.
  bool CloseAll(Nanos now) noexcept;

  /// Off closes everything with the next tick, even when it is on again by then. On is refused
  /// (false) after an emergency stop.
  bool SetMaster(bool on) noexcept;
  /// Closes everything with the next tick and stays so until it is reset.
  void EmergencyStop() noexcept;
  /// Ends an emergency stop. The switch is off then: it takes a second act to spray again.
  void ResetEmergencyStop() noexcept;
  ValveGate gate() const noexcept { return gate_.load(std::memory_order_acquire); }

  /// What was ordered, which is not what a valve does.
  bool IsOpen(int nozzle) const noexcept { return open_.Test(static_cast<size_t>(nozzle)); }
  const ValveSet& open() const noexcept { return open_; }
  ValveCounters counters() const noexcept;
  Nanos lease() const noexcept { return lease_; }

 private:
  bool Give(Nanos now, std::span<const Command> changes, bool close_all) noexcept;
  void NoticeLapse(Nanos now) noexcept;

  const size_t nozzles_;
  ValveBus& bus_;
  const Nanos lease_;
  std::vector<Command> changes_;  // of one order; its capacity never changes
  ValveSet open_;
  Nanos renewed_;          // the last order that the bus took
  uint64_t bus_lapses_;    // already known of
  uint64_t closings_ = 0;  // already obeyed
  ValveCounters counters_;

  std::atomic<ValveGate> gate_{ValveGate::kOff};
  std::atomic<uint64_t> closings_wanted_{0};
  std::atomic<uint64_t> master_offs_{0}, emergency_stops_{0};
};

}  // namespace furrow::edge
