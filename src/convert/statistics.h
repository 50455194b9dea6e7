// SPDX-License-Identifier: Apache-2.0
// The few statistics of a conversion's report. docs/convert.md says what each is used for.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace furrow::convert {

/// A figure and the ends of its 95 % confidence interval.
struct Interval {
  double value = 0, low = 0, high = 0;

  bool operator==(const Interval&) const = default;
};

/// A share `hits` of `all`. Source: Wilson 1927, "Probable inference, the law of succession, and
/// statistical inference", JASA 22(158). 0 to 1 where there is nothing to count.
Interval WilsonShare(uint64_t hits, uint64_t all);

/// sum(numbers) / sum(weights), its interval by drawing whole frames anew 2,000 times (bootstrap,
/// Efron 1979, Ann. Statist. 7(1)): cells of one frame are not independent of each other. The same
/// input gives the same interval. All zero where the weights are.
Interval BootstrapRatio(std::span<const double> numbers, std::span<const double> weights);

/// The value that a share `q` (0 to 1) of the sorted values do not exceed (nearest rank); 0 of
/// none.
double Quantile(std::span<const double> sorted, double q);

/// Values of 0 and more without bound on how many, kept in steps of one percent.
class LogHistogram {
 public:
  void Add(double value);
  /// At most one percent above the value that a share `q` do not exceed; the largest for q = 1.
  double Quantile(double q) const;
  uint64_t count() const { return count_; }
  double sum() const { return sum_; }
  double largest() const { return largest_; }

 private:
  static constexpr double kLeast = 1e-12;
  std::array<uint64_t, 4096> counts_{};
  uint64_t count_ = 0;
  double sum_ = 0, largest_ = 0;
};

/// Pixels of a class by one judge that are of a class by another: rows and columns are background,
/// crop, weed.
using Confusion = std::array<std::array<uint64_t, 3>, 3>;

constexpr std::array<const char*, 3> kClassNames = {"background", "crop", "weed"};

void AddTo(Confusion& sum, const Confusion& more);

/// Intersection over union of class `c`; NAN where neither judge has `least` pixels of it.
double Iou(const Confusion& pixels, size_t c, uint64_t least);

}  // namespace furrow::convert
