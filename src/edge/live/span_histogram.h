// SPDX-License-Identifier: Apache-2.0
// How long things took, told while it goes on.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "edge/boom/units.h"

namespace furrow::edge {

/// Counts of spans in bins, eight to each doubling, so that a bin is an eighth of its value wide;
/// on both sides of zero, because slack may be negative. One thread adds, which costs it two loads
/// and two stores; any thread may ask, and sees what had been added about then.
class SpanHistogram {
  static constexpr unsigned kSteps = 8, kStepBits = 3;
  static constexpr size_t kSide = 41 * kSteps;  // up to 2^43 ns, more than two hours

 public:
  void Add(Nanos span) noexcept {
    std::atomic<uint64_t>& bin = bins_[BinOf(span)];
    bin.store(bin.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (span > most_.load(std::memory_order_relaxed)) most_.store(span, std::memory_order_relaxed);
    if (span < least_.load(std::memory_order_relaxed)) {
      least_.store(span, std::memory_order_relaxed);
    }
  }

  /// All that `other` has; by the thread that adds here.
  void AddAll(const SpanHistogram& other) noexcept {
    for (size_t i = 0; i < bins_.size(); ++i) {
      bins_[i].store(
          bins_[i].load(std::memory_order_relaxed) + other.bins_[i].load(std::memory_order_relaxed),
          std::memory_order_relaxed);
    }
    most_.store(std::max(most_.load(std::memory_order_relaxed),
                         other.most_.load(std::memory_order_relaxed)),
                std::memory_order_relaxed);
    least_.store(std::min(least_.load(std::memory_order_relaxed),
                          other.least_.load(std::memory_order_relaxed)),
                 std::memory_order_relaxed);
  }

  /// What had been counted at some moment, to tell of a while alone.
  class Counts {
   public:
    uint64_t Since(const Counts& before) const {
      uint64_t count = 0;
      for (size_t i = 0; i < bins_.size(); ++i) count += bins_[i] - before.bins_[i];
      return count;
    }
    /// The span that a share of those added since `before` does not exceed; 0 when there is none.
    Nanos At(double share, const Counts& before) const {
      const auto wanted = share * static_cast<double>(Since(before));
      uint64_t sum = 0;
      for (size_t i = 0; i < bins_.size(); ++i) {
        sum += bins_[i] - before.bins_[i];
        if (sum > 0 && static_cast<double>(sum) >= wanted) return Middle(i);
      }
      return 0;
    }

   private:
    friend class SpanHistogram;
    std::array<uint64_t, 2 * kSide> bins_{};
  };
  Counts Now() const {
    Counts counts;
    for (size_t i = 0; i < bins_.size(); ++i) {
      counts.bins_[i] = bins_[i].load(std::memory_order_relaxed);
    }
    return counts;
  }

  uint64_t count() const noexcept {
    uint64_t count = 0;
    for (const auto& bin : bins_) count += bin.load(std::memory_order_relaxed);
    return count;
  }

  /// The span that a share of all does not exceed, to the middle of its bin; 0 when there is none.
  Nanos At(double share) const noexcept {
    const auto wanted = share * static_cast<double>(count());
    uint64_t before = 0;
    for (size_t i = 0; i < bins_.size(); ++i) {
      before += bins_[i].load(std::memory_order_relaxed);
      if (before > 0 && static_cast<double>(before) >= wanted) return Middle(i);
    }
    return 0;
  }

  Nanos most() const noexcept {
    const Nanos most = most_.load(std::memory_order_relaxed);
    return most == INT64_MIN ? 0 : most;
  }
  Nanos least() const noexcept {
    const Nanos least = least_.load(std::memory_order_relaxed);
    return least == INT64_MAX ? 0 : least;
  }

 private:
  /// 0 to kSteps - 1 one each, then kSteps to a doubling.
  static size_t Rung(uint64_t span) noexcept {
    if (span < kSteps) return span;
    const auto doubling = static_cast<unsigned>(std::bit_width(span)) - 1 - kStepBits;
    const size_t rung = (doubling + 1) * kSteps + (span >> doubling) - kSteps;
    return rung < kSide ? rung : kSide - 1;
  }
  static Nanos RungMiddle(size_t rung) noexcept {
    if (rung < kSteps) return static_cast<Nanos>(rung);
    const size_t doubling = rung / kSteps - 1;
    const uint64_t low = (kSteps + rung % kSteps) << doubling;
    return static_cast<Nanos>(low + (uint64_t{1} << doubling) / 2);
  }
  static size_t BinOf(Nanos span) noexcept {
    return span >= 0 ? kSide + Rung(static_cast<uint64_t>(span))
                     : kSide - 1 - Rung(0 - static_cast<uint64_t>(span));
  }
  static Nanos Middle(size_t bin) noexcept {
    return bin >= kSide ? RungMiddle(bin - kSide) : -RungMiddle(kSide - 1 - bin);
  }

  std::array<std::atomic<uint64_t>, 2 * kSide> bins_{};
  std::atomic<Nanos> most_{INT64_MIN}, least_{INT64_MAX};
};

}  // namespace furrow::edge
