// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <vector>

#include "edge/actuate/guard_shared.h"
#include "edge/actuate/valve_lines.h"

namespace furrow::edge {

/// What the guard does between its waits, apart from processes and clocks, so that it can be
/// stepped through. One thread.
class GuardLoop {
 public:
  GuardLoop(GuardShared& shared, ValveLines& lines);

  /// One round at `now`; `orphaned`: the parent is gone. Everything is closed after a round that
  /// found the lease over, a closing wanted, or itself orphaned. Returns when to come again.
  Nanos Round(Nanos now, bool orphaned) noexcept;

  /// It looks at the orders and the lease this often.
  static constexpr Nanos kPoll = kMillisecond / 2;
  /// No lease is longer: a renewal beyond is damage.
  static constexpr Nanos kLeaseMax = 250 * kMillisecond;

 private:
  void TakeChanges() noexcept;
  void Close(uint64_t generation) noexcept;
  Nanos Apply(Nanos now) noexcept;
  void Drive(Nanos now) noexcept;
  void AnswerReads() noexcept;

  GuardShared& shared_;
  ValveLines& lines_;
  std::vector<GuardShared::Change> pending_;  // in the order given; its capacity never changes
  ValveSet wanted_, driven_;
  bool unsure_ = false;  // the last write to the lines failed
  uint64_t generation_ = 0;
  uint64_t reads_answered_ = 0;
  Nanos last_round_ = 0;
};

/// The guard's life, in the child: opens `lines`, says so, runs rounds until `parent` is no longer
/// its parent or it is told to end, closes, and leaves the process.
[[noreturn]] void RunGuard(GuardShared& shared, ValveLines& lines, pid_t parent);

}  // namespace furrow::edge
