// SPDX-License-Identifier: Apache-2.0
// The test before a start: each valve is opened and closed once, from nozzle 0 on, with the ticks
// and by the way that a spray takes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/actuate/valves.h"

namespace furrow::edge {

struct ValveVerdict {
  int nozzle = 0;
  bool opened = false, closed = false;  // as far as the bus can tell

  bool operator==(const ValveVerdict&) const = default;
};

struct SelfTestReport {
  int tested = 0;
  bool read_back = false;            // the device told its state; else only that orders were taken
  std::vector<ValveVerdict> failed;  // valves that did not do as told
  uint64_t bus_errors = 0;
  uint64_t lapses = 0;       // pulses tried again, because the lease ran out in them
  bool interrupted = false;  // an emergency stop came, or a lease ran out again and again

  bool ok() const { return bus_errors == 0 && failed.empty() && !interrupted; }
};

/// Time for the test: the machine's, or a simulation's.
struct TestClock {
  std::function<Nanos()> now;
  std::function<void(Nanos)> sleep_until;
};

/// `valves` drives `bus`; its switch is off before and after. With liquid in the lines every nozzle
/// gives a short pulse: of the valve's opening time, its minimum or `hold_min`, whichever is
/// longest. A bus that fails ends the test at the first nozzle. Not for the real-time thread.
SelfTestReport TestValves(const Boom& boom, Valves& valves, ValveBus& bus, const TestClock& clock,
                          Nanos hold_min);

/// OK, or why the machine must not start: kUnavailable, naming the first nozzles.
Status SelfTestStatus(const SelfTestReport& report);

}  // namespace furrow::edge
