// SPDX-License-Identifier: Apache-2.0
// Latencies counted in buckets that are never wider than 1/64 of their value.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace furrow::loadgen {

/// Not thread-safe.
class Histogram {
 public:
  void Add(uint64_t nanos) {
    const size_t at = BucketOf(nanos);
    if (at >= counts_.size()) counts_.resize(at + 1, 0);
    ++counts_[at];
    ++count_;
    if (nanos > max_) max_ = nanos;
  }

  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }

  /// The upper end of the bucket that holds the q-th part of all; 0 when there is nothing.
  uint64_t Quantile(double q) const {
    uint64_t wanted = static_cast<uint64_t>(q * static_cast<double>(count_));
    if (wanted >= count_) wanted = count_ ? count_ - 1 : 0;
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted) return std::min(UpperEnd(i), max_);
    }
    return max_;
  }

  /// (upper end in nanoseconds, how many), without empty buckets.
  std::vector<std::pair<uint64_t, uint64_t>> Buckets() const {
    std::vector<std::pair<uint64_t, uint64_t>> out;
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i]) out.emplace_back(UpperEnd(i), counts_[i]);
    }
    return out;
  }

 private:
  static constexpr int kFineBits = 6;
  static constexpr uint64_t kFine = uint64_t{1} << kFineBits;

  static size_t BucketOf(uint64_t n) {
    if (n < kFine) return static_cast<size_t>(n);
    const int shift = std::bit_width(n) - 1 - kFineBits;
    return static_cast<size_t>((static_cast<uint64_t>(shift) << kFineBits) + (n >> shift));
  }
  static uint64_t UpperEnd(size_t bucket) {
    if (bucket < kFine) return bucket;
    const auto shift = (static_cast<uint64_t>(bucket) >> kFineBits) - 1;
    const uint64_t top = static_cast<uint64_t>(bucket) - (shift << kFineBits);
    return ((top + 1) << shift) - 1;
  }

  std::vector<uint64_t> counts_;
  uint64_t count_ = 0, max_ = 0;
};

}  // namespace furrow::loadgen
