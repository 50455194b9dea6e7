// SPDX-License-Identifier: Apache-2.0
// What is told of many values, and the counts that it is told from.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace furrow::edge {

/// Of many values, what is worth telling.
struct Spread {
  double p50 = 0, p99 = 0, p999 = 0, max = 0;
};

/// Counts of values in equal bins; beyond the ends the last bin counts.
class SpreadCounts {
 public:
  SpreadCounts(double from, double step) : from_(from), step_(step), counts_(20'000) {}
  void Add(double value) {
    const double bin = (value - from_) / step_;
    ++counts_[static_cast<size_t>(std::clamp(bin, 0.0, counts_.size() - 1.0))];
    ++total_;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
  }
  double At(double share) const {
    uint64_t before = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      before += counts_[i];
      if (static_cast<double>(before) >= share * static_cast<double>(total_)) {
        return from_ + (static_cast<double>(i) + 0.5) * step_;
      }
    }
    return 0;
  }
  Spread Upwards() const {
    return total_ == 0 ? Spread{} : Spread{At(0.5), At(0.99), At(0.999), most_};
  }
  Spread Downwards() const {
    return total_ == 0 ? Spread{} : Spread{At(0.5), At(0.01), At(0.001), least_};
  }

 private:
  const double from_, step_;
  std::vector<uint64_t> counts_;
  uint64_t total_ = 0;
  double least_ = INFINITY, most_ = -INFINITY;
};

}  // namespace furrow::edge
