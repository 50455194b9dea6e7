// SPDX-License-Identifier: Apache-2.0
// The memory between the deciding process and the guard. Each word has one writer.
#pragma once

#include <array>
#include <atomic>

#include "edge/actuate/valve_set.h"
#include "edge/boom/units.h"

namespace furrow::edge {

/// Orders that wait. A guard that leaves so many alone does not run, and the lease closes.
constexpr uint64_t kGuardRing = 8192;

struct GuardShared {
  struct Change {
    Nanos due;
    uint32_t nozzle;
    uint32_t open;
    uint64_t generation;  // of `closings` when it was given; an older one is void
  };
  enum State : uint32_t { kStarting, kReady, kFailed };
  template <typename T>
  using Word = std::atomic<T>;

  // The sender's.
  alignas(64) Word<uint64_t> head{0};      // changes ever written to the ring
  Word<Nanos> lease_until{INT64_MIN / 2};  // written after the changes it renews for
  Word<uint64_t> closings{0};              // each more closes everything at once
  Word<uint64_t> reads_wanted{0};
  Word<bool> ends{false};
  std::array<Change, kGuardRing> ring;

  // The guard's.
  alignas(64) Word<uint64_t> tail{0};  // changes ever taken from the ring
  Word<Nanos> beat{0};                 // when it last ran
  Word<uint64_t> changes{0}, late{0}, lapses{0}, line_errors{0};
  Word<bool> lines_fail{false};  // the last write did
  Word<Nanos> gap_max{0};
  Word<bool> real_time{false};
  Word<uint64_t> reads_done{0};
  Word<bool> read_known{false};
  std::array<Word<uint64_t>, ValveSet::kMax / 64> read{};
  Word<State> state{kStarting};
  Word<uint32_t> code{0};           // of the Status, when it failed
  std::array<char, 256> message{};  // written before `state`

  // Between processes only what needs no lock of the library's.
  static_assert(Word<uint64_t>::is_always_lock_free && Word<bool>::is_always_lock_free);
};

}  // namespace furrow::edge
