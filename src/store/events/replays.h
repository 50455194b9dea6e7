// SPDX-License-Identifier: Apache-2.0
// Remembers which batches were applied in the last ten minutes, so that a client that asks again
// after a lost answer does not double them. In memory for all batches, within a bound; those with
// log lines are remembered durably as well (Family::kReplay), by the caller.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace furrow::events {

inline constexpr std::chrono::seconds kReplayWindow{600};
inline constexpr Micros kReplayMicros = 1'000'000 * kReplayWindow.count();

/// Thread-safe. Forgets between ten and twelve and a half minutes after Add, or earlier when more
/// than kPerSliceMax batches come in two and a half minutes.
class ReplaySet {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr size_t kPerSliceMax = 400'000;

  /// `key` is the hash of a batch; only its first eight bytes count.
  bool Contains(std::string_view key, Time now);
  void Add(std::string_view key, Time now);

 private:
  static constexpr size_t kSlices = 5;
  static constexpr std::chrono::seconds kSliceTime = kReplayWindow / (kSlices - 1);

  // Open addressing over the hashes themselves; 0 is free.
  struct Slice {
    std::vector<uint64_t> slots;
    size_t used = 0;
    bool Contains(uint64_t hash) const;
    void Add(uint64_t hash);
  };
  void Turn(Time now);

  std::mutex mutex_;
  std::array<Slice, kSlices> slices_;
  size_t current_ = 0;
  Time began_{};
  bool started_ = false;
};

}  // namespace furrow::events
