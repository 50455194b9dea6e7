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
  int retried = 0;                   // pulses in which an order was not taken or the lease ran out
  bool bus_failed = false;           // three times in a row at one nozzle, the last one tested
  bool interrupted = false;          // an emergency stop came

  bool ok() const { return !bus_failed && failed.empty() && !interrupted; }
};

/// Time for the test: the machine's, or a simulation's.
struct TestClock {
  std::function<Nanos()> now;
  std::function<void(Nanos)> sleep_until;
};

/// `valves` drives `bus`; its switch is off before and after. With liquid in the lines every nozzle
/// gives a short pulse: of the valve's opening time, its minimum or `hold_min`, whichever is
/// longest. A pulse that the bus or this process disturbed is tried again; the third time ends the
/// test. Not for the real-time thread.
SelfTestReport TestValves(const Boom& boom, Valves& valves, ValveBus& bus, const TestClock& clock,
                          Nanos hold_min);

/// OK, or why the machine must not start: kUnavailable, naming the first nozzles.
Status SelfTestStatus(const SelfTestReport& report);

}  // namespace furrow::edge
