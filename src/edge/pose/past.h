// SPDX-License-Identifier: Apache-2.0
// The last values of something that changes with time, to be asked about any moment between them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "edge/boom/units.h"

namespace furrow::edge {

/// T has a time `t`; Between(T, T, Nanos), which the compiler finds beside T, mixes two. Keeps the
/// last kSize values. One thread at a time; never allocates.
template <typename T, size_t kSize>
class Past {
 public:
  /// False, and nothing kept, when `value` is not later than the one before.
  bool Add(const T& value) {
    if (count_ > 0 && value.t <= Newest().t) return false;
    ring_[count_++ % kSize] = value;
    return true;
  }

  bool empty() const { return count_ == 0; }

  /// The one added last, or so many before it; `back` below what is kept.
  const T& Newest(size_t back = 0) const { return ring_[(count_ - 1 - back) % kSize]; }

  /// The value at `t`, between two that are kept; nothing outside of them, nor in a gap of more
  /// than `gap_max`.
  std::optional<T> At(Nanos t, Nanos gap_max = INT64_MAX) const {
    if (empty() || t > Newest().t) return std::nullopt;
    if (t == Newest().t) return Newest();
    // Who asks about the past asks about the last tenths of a second.
    const size_t kept = std::min(count_, kSize);
    for (size_t back = 1; back < kept; ++back) {
      const T &from = Newest(back), &to = Newest(back - 1);
      if (from.t > t) continue;
      if (to.t - from.t > gap_max) return std::nullopt;
      return Between(from, to, t);
    }
    return std::nullopt;
  }

  void Clear() { count_ = 0; }

 private:
  std::array<T, kSize> ring_;
  size_t count_ = 0;  // of all that were ever added
};

}  // namespace furrow::edge
