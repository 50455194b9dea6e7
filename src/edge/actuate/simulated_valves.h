// SPDX-License-Identifier: Apache-2.0
// Valves that exist in virtual time: each with the delays and minimum times of the boom's file, a
// lease by their own clock, and faults on request. What they give is when liquid really flowed.
#pragma once

#include <cstdint>
#include <vector>

#include "edge/actuate/valve_bus.h"
#include "edge/boom/boom.h"

namespace furrow::edge {

enum class ValveFault : uint8_t {
  kNone,
  kStuckOpen,    // flows, whatever it is told
  kStuckClosed,  // never flows
  kDead,         // its coil has no power: it closes in its closing time and hears nothing more
};

enum class BusFault : uint8_t {
  kNone,
  kRefuses,  // an order is not taken, and the sender is told
  kLoses,    // an order is taken and never arrives
};

/// Liquid flowed at a nozzle in [from, to).
struct Flow {
  int nozzle = 0;
  Nanos from = 0, to = 0;

  bool operator==(const Flow&) const = default;
};

/// Times are exact: a change given for `at` arrives at `at + bus`, one given late at `now + bus`. A
/// change sooner after the one before than the valve's minimum takes effect when that has passed,
/// and is counted; a valve told otherwise before it has moved does not move. A renewal counts from
/// when it was given, and an order that arrives when its own lease is over does nothing.
///
/// One thread. After construction Send and Advance allocate nothing.
class SimulatedValves : public ValveBus {
 public:
  /// Up to `flows_max` intervals are kept until they are taken.
  explicit SimulatedValves(const Boom& boom, size_t flows_max = 65'536);

  bool Send(const ValveOrder& order) noexcept override;
  uint64_t Lapses(Nanos now) noexcept override {
    Advance(now);
    return lapses_;
  }
  uint64_t late() const noexcept override { return late_; }
  /// Which nozzles flow at `now`.
  std::optional<ValveSet> ReadBack(Nanos now) override;

  /// Lets the valves' own clock go on: what is due moves, and a lease that is over closes. Send
  /// does it up to the order's time.
  void Advance(Nanos now) noexcept;

  /// Appends the intervals that have ended since the last call.
  void TakeFlows(std::vector<Flow>& out);

  /// From `now` on.
  void SetFault(int nozzle, ValveFault fault, Nanos now) noexcept;
  void SetFault(BusFault fault) noexcept { bus_fault_ = fault; }
  /// What the bus takes beyond the boom's `bus_s`.
  void SetExtraDelay(Nanos delay) noexcept { extra_delay_ = delay; }

  bool Flows(int nozzle) const noexcept { return valves_[static_cast<size_t>(nozzle)].flows; }
  /// Changes that came before the valve's minimum time had passed.
  uint64_t too_short() const noexcept { return too_short_; }
  /// Intervals for which there was no room.
  uint64_t flows_lost() const noexcept { return flows_lost_; }

 private:
  static constexpr Nanos kNever = INT64_MAX;

  struct Valve {
    ValveTiming timing;
    ValveFault fault = ValveFault::kNone;
    bool coil = false;              // what it is told
    Nanos told_at = INT64_MIN / 2;  // since when
    bool flows = false;             // what it does
    Nanos flows_since = 0;          //
    Nanos moves_at = kNever;        // when it follows its coil
  };
  struct Change {
    int nozzle;
    bool open;
    Nanos arrives;
  };

  void Tell(int nozzle, bool open, Nanos at) noexcept;
  void Deliver(Nanos until) noexcept;
  void Move(int nozzle, Nanos until) noexcept;
  void SetFlow(int nozzle, bool flows, Nanos at) noexcept;
  void CloseAll(Nanos at) noexcept;
  bool Overflow() noexcept;

  const Nanos bus_;
  const size_t flows_max_;
  std::vector<Valve> valves_;
  std::vector<Change> under_way_;  // of each nozzle in order; its capacity never changes
  std::vector<Flow> flows_;
  Nanos lease_until_ = INT64_MIN / 2;
  Nanos now_ = INT64_MIN / 2;
  BusFault bus_fault_ = BusFault::kNone;
  Nanos extra_delay_ = 0;
  uint64_t lapses_ = 0, late_ = 0, too_short_ = 0, flows_lost_ = 0;
};

}  // namespace furrow::edge
