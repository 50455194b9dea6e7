// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/self_test.h"

#include <algorithm>

#include <fmt/format.h>

namespace furrow::edge {
namespace {

/// Of one valve, when orders are not taken or leases run out.
constexpr int kTries = 3;

class SelfTest {
 public:
  SelfTest(const Boom& boom, Valves& valves, ValveBus& bus, const TestClock& clock)
      : boom_(boom), valves_(valves), bus_(bus), clock_(clock), next_(clock.now()) {}

  SelfTestReport Run(Nanos hold_min) {
    report_.interrupted = !valves_.SetMaster(true);
    Ticks(5, {});
    for (size_t i = 0; i < boom_.nozzles.size() && Running() && !report_.bus_failed; ++i) {
      ++report_.tested;
      int tries = 1;
      while (!Pulse(static_cast<int>(i), hold_min) && !report_.bus_failed) {
        report_.bus_failed = tries++ == kTries;
        report_.retried += !report_.bus_failed;
      }
    }
    report_.interrupted = report_.interrupted || !Running();
    valves_.SetMaster(false);
    Ticks(2, {});
    return report_;
  }

 private:
  bool Running() const { return valves_.gate() == ValveGate::kOn; }

  /// Gives `commands` with the first of `count` ticks.
  void Ticks(Nanos count, std::vector<Command> commands) {
    for (Nanos i = 0; i < count; ++i) {
      next_ = std::max(next_ + kMillisecond, clock_.now());
      clock_.sleep_until(next_);
      for (Command& command : commands) command.at = next_;
      valves_.Tick(clock_.now(), commands);
      commands.clear();
    }
  }

  /// False, without a verdict, when the bus or this process disturbed it: an order was not taken or
  /// the lease ran out.
  bool Pulse(int nozzle, Nanos hold_min) {
    const ValveCounters before = valves_.counters();
    const ValveTiming& valve = boom_.nozzles[static_cast<size_t>(nozzle)].valve;
    const auto ticks = [&](Nanos span) { return span / kMillisecond + 2; };
    ValveSet wanted;
    wanted.Set(static_cast<size_t>(nozzle), true);
    Ticks(ticks(std::max({boom_.bus + valve.open, valve.min_on, hold_min})), {{nozzle, true, 0}});
    const bool opened = Reads(wanted);
    Ticks(ticks(std::max(boom_.bus + valve.close, valve.min_off)), {{nozzle, false, 0}});
    const bool closed = Reads({});
    const ValveCounters after = valves_.counters();
    if (after.lapses != before.lapses || after.bus_errors != before.bus_errors) return false;
    if (!opened || !closed) report_.failed.push_back({nozzle, opened, closed});
    return true;
  }

  bool Reads(const ValveSet& wanted) {
    const auto open = bus_.ReadBack(clock_.now());
    report_.read_back = report_.read_back || open.has_value();
    return !open || *open == wanted;
  }

  const Boom& boom_;
  Valves& valves_;
  ValveBus& bus_;
  const TestClock& clock_;
  Nanos next_;
  SelfTestReport report_;
};

}  // namespace

SelfTestReport TestValves(const Boom& boom, Valves& valves, ValveBus& bus, const TestClock& clock,
                          Nanos hold_min) {
  return SelfTest(boom, valves, bus, clock).Run(hold_min);
}

Status SelfTestStatus(const SelfTestReport& report) {
  if (report.ok()) return {};
  if (report.interrupted) {
    return Status(Code::kUnavailable, "the test of the valves was interrupted");
  }
  if (report.bus_failed) {
    return Status(
        Code::kUnavailable,
        fmt::format("the bus does not take orders in time, at nozzle {}", report.tested - 1));
  }
  std::string names;
  constexpr size_t kNamed = 8;
  for (size_t i = 0; i < report.failed.size() && i < kNamed; ++i) {
    const ValveVerdict& one = report.failed[i];
    names += fmt::format("{}{} does not {}", i == 0 ? "" : ", ", one.nozzle,
                         one.opened ? "close" : "open");
  }
  if (report.failed.size() > kNamed) names += ", ...";
  return Status(Code::kUnavailable, fmt::format("{} of {} valves failed: nozzle {}",
                                                report.failed.size(), report.tested, names));
}

}  // namespace furrow::edge
