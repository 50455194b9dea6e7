// SPDX-License-Identifier: Apache-2.0
#include "convert/statistics.h"

#include <algorithm>
#include <cmath>

namespace furrow::convert {
namespace {

constexpr double kSigmas = 1.959963984540054;  // of a normal distribution hold 95 %
constexpr int kResamples = 2000;

/// Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", OOPSLA.
class SplitMix {
 public:
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  uint64_t state_ = 1;
};

}  // namespace

Interval WilsonShare(uint64_t hits, uint64_t all) {
  if (all == 0) return {0, 0, 1};
  const double n = static_cast<double>(all), p = static_cast<double>(hits) / n;
  const double z2 = kSigmas * kSigmas;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kSigmas / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {p, hits == 0 ? 0 : std::max(0.0, middle - half),
          hits == all ? 1 : std::min(1.0, middle + half)};
}

Interval BootstrapRatio(std::span<const double> numbers, std::span<const double> weights) {
  double number = 0, weight = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    number += numbers[i];
    weight += weights[i];
  }
  if (weight <= 0) return {};
  SplitMix random;
  std::vector<double> ratios;
  ratios.reserve(kResamples);
  for (int i = 0; i < kResamples; ++i) {
    double n = 0, w = 0;
    for (size_t k = 0; k < numbers.size(); ++k) {
      const size_t drawn = random.Next() % numbers.size();
      n += numbers[drawn];
      w += weights[drawn];
    }
    if (w > 0) ratios.push_back(n / w);
  }
  std::ranges::sort(ratios);
  return {number / weight, Quantile(ratios, 0.025), Quantile(ratios, 0.975)};
}

double Quantile(std::span<const double> sorted, double q) {
  if (sorted.empty()) return 0;
  const double rank = std::ceil(q * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(
      std::clamp(rank - 1, 0.0, static_cast<double>(sorted.size() - 1)))];
}

void LogHistogram::Add(double value) {
  ++count_;
  sum_ += value;
  largest_ = std::max(largest_, value);
  const double step = value <= kLeast ? 0 : std::log(value / kLeast) / std::log(1.01) + 1;
  ++counts_[static_cast<size_t>(std::min(step, static_cast<double>(counts_.size() - 1)))];
}

double LogHistogram::Quantile(double q) const {
  const auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_)));
  if (count_ == 0 || rank >= count_) return largest_;
  uint64_t passed = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    passed += counts_[i];
    if (passed >= rank && passed > 0) {
      return i == 0 ? 0 : std::min(largest_, kLeast * std::pow(1.01, static_cast<double>(i)));
    }
  }
  return largest_;
}

void AddTo(Confusion& sum, const Confusion& more) {
  for (size_t i = 0; i < 3; ++i) {
    for (size_t k = 0; k < 3; ++k) sum[i][k] += more[i][k];
  }
}

double Iou(const Confusion& pixels, size_t c, uint64_t least) {
  uint64_t a = 0, b = 0;
  for (size_t i = 0; i < 3; ++i) {
    a += pixels[c][i];
    b += pixels[i][c];
  }
  if (a < least && b < least) return NAN;
  return static_cast<double>(pixels[c][c]) / static_cast<double>(a + b - pixels[c][c]);
}

}  // namespace furrow::convert
