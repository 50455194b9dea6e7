// SPDX-License-Identifier: Apache-2.0
// The guard: a process of its own that holds the valves' lines and closes them when the process
// that decides has stopped.
//
// A thread of the deciding process cannot do this: SIGSTOP, a debugger, or the kernel's killer stop
// all threads at once. Nor can the kernel alone: when a process ends, its lines are let go, and
// what level they then keep is the chip's affair. So the lines belong to a child that does nothing
// else. Orders reach it through shared memory, without a system call of the sender:
//
//   deciding process                 shared memory                guard
//     Send: changes, then renewal ->  ring, lease_until  -> every half millisecond, and at the
//                                                           time of each change: drives lines
//
// The guard closes everything when the lease is over, and at once when its parent is gone. It is in
// a session of its own and takes no signals, so what a terminal or a service manager sends to the
// others does not reach it; it ends after its parent has.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "edge/actuate/valve_bus.h"
#include "edge/actuate/valve_lines.h"
#include "edge/boom/clock.h"

namespace furrow::edge {

struct GuardShared;

struct GuardCounters {
  uint64_t changes = 0;      // that reached the lines
  uint64_t late = 0;         // of them, more than a tick after their time
  uint64_t lapses = 0;       // leases that ran out under open valves
  uint64_t line_errors = 0;  // writes to the lines that failed; each is tried again
  Nanos gap_max = 0;         // the longest it was kept from running
  bool real_time = false;    // whether the system gave it SCHED_FIFO
};

/// The sending side. A change given for `at` is made at `at + delay`, to within the guard's wake-up
/// jitter: the guard has seen it by then, so all times are kept alike.
///
/// Send, Lapses and late for one thread; they make no system call. Times are CLOCK_MONOTONIC's.
class GuardedBus : public ValveBus {
 public:
  /// The least `delay`: a tick.
  static constexpr Nanos kDelayMin = kMillisecond;

  /// Forks the guard, which opens `lines`, and waits until it has. To be called early: a fork takes
  /// only the calling thread along, and the less memory there is, the fewer pages are copied later.
  /// Errors: those of lines->Open(); kFailedPrecondition when other threads are running;
  /// kUnavailable when the guard does not answer.
  static Result<std::unique_ptr<GuardedBus>> Start(std::unique_ptr<ValveLines> lines, Nanos delay);

  /// Closes everything, and waits for the guard to end.
  ~GuardedBus() override;
  GuardedBus(const GuardedBus&) = delete;
  GuardedBus& operator=(const GuardedBus&) = delete;

  /// False when the guard has not run for the length of the lease, and then everything is closed
  /// when it runs again; or when its lines refuse.
  bool Send(const ValveOrder& order) noexcept override;
  uint64_t Lapses(Nanos now) noexcept override;
  uint64_t late() const noexcept override;
  std::optional<ValveSet> ReadBack(Nanos now) override;

  GuardCounters guard() const noexcept;
  pid_t pid() const noexcept { return guard_; }

 private:
  GuardedBus(GuardShared* shared, Nanos delay) : shared_(shared), delay_(delay) {}

  GuardShared* shared_;
  const Nanos delay_;
  pid_t guard_ = -1;
  bool refused_ = false;   // the last order
  uint64_t refusals_ = 0;  // times that orders began to be refused
};

}  // namespace furrow::edge
