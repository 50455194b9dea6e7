// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/threshold.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace furrow::edge {
namespace {

/// Soil, stones and straw stay below this excess green under a camera with its white balance set.
constexpr int kSoilMost = 20;
/// One bell is 0.64. One whose lower part counts as zero reaches 0.77, but is cut below kSoilMost
/// unless its standard deviation exceeds 20.
constexpr double kTwoClasses = 0.7;
/// Of the ground's spread.
constexpr int kSpreads = 3;
constexpr int kHighest = 255 - kIndexBias;

/// The lowest value with at least `share` of the counts at or below it.
int Quantile(const Histogram& counts, uint64_t total, double share) {
  const double wanted = share * static_cast<double>(total);
  uint64_t seen = 0;
  int value = 0;
  for (; value < 255; ++value) {
    seen += counts[static_cast<size_t>(value)];
    if (static_cast<double>(seen) >= wanted) break;
  }
  return value;
}

/// The most frequent value, after averaging over five neighbours: a histogram of few pixels has
/// accidental peaks.
int Mode(const Histogram& counts) {
  int mode = 0;
  uint64_t most = 0;
  for (int value = 0; value < 256; ++value) {
    uint64_t sum = 0;
    for (int i = std::max(value - 2, 0); i <= std::min(value + 2, 255); ++i) {
      sum += counts[static_cast<size_t>(i)];
    }
    if (sum > most) {
      most = sum;
      mode = value;
    }
  }
  return mode;
}

/// How far the values below the mode lie from it: that side holds no plant. Two thirds of a bell's
/// half lie within one standard deviation.
int SpreadBelow(const Histogram& counts, int mode) {
  uint64_t below = counts[static_cast<size_t>(mode)] / 2;
  for (int value = 0; value < mode; ++value) below += counts[static_cast<size_t>(value)];
  uint64_t seen = counts[static_cast<size_t>(mode)] / 2;
  int value = mode;
  while (value > 0 && 100 * seen < 68 * below) seen += counts[static_cast<size_t>(--value)];
  return std::max(mode - value, 1);
}

}  // namespace

Split Otsu(std::span<const uint32_t> counts) {
  int64_t total = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto value = static_cast<int64_t>(i), count = static_cast<int64_t>(counts[i]);
    total += count;
    sum += count * value;
    squares += count * value * value;
  }
  Split best;
  double most = 0;
  int64_t below = 0, below_sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    below_sum += static_cast<int64_t>(counts[i]) * static_cast<int64_t>(i);
    const int64_t above = total - below;
    if (below == 0) continue;
    if (above == 0) break;
    // The variance between the classes times total^2; whole numbers up to the square.
    const auto distance = static_cast<double>(sum * below - below_sum * total);
    const double between =
        distance * distance / (static_cast<double>(below) * static_cast<double>(above));
    if (between > most) {
      most = between;
      best.threshold = static_cast<int>(i);
    }
  }
  // In 128 bits: the difference of two doubles would depend on the processor's rounding.
  const auto all = static_cast<double>(static_cast<__int128>(total) * squares -
                                       static_cast<__int128>(sum) * sum);
  if (all > 0) best.separation = most / all;
  return best;
}

int AdaptiveThreshold(const Histogram& biased) {
  const uint64_t total = std::accumulate(biased.begin(), biased.end(), uint64_t{0});
  if (total == 0) return kHighest;
  if (Quantile(biased, total, 0.05) - kIndexBias > kSoilMost) return kSoilMost;

  // Shades of what is not green are no classes: they all count as zero.
  std::array<uint32_t, kHighest + 1> green;
  std::copy(biased.begin() + kIndexBias, biased.end(), green.begin());
  for (int i = 0; i < kIndexBias; ++i) green[0] += biased[static_cast<size_t>(i)];
  const Split split = Otsu(green);
  if (split.separation >= kTwoClasses && split.threshold >= kSoilMost) return split.threshold;

  const int mode = Mode(biased);
  if (mode - kIndexBias > kSoilMost) return kSoilMost;  // the ground is the rare one here
  const int reach = mode - kIndexBias + kSpreads * SpreadBelow(biased, mode);
  return std::clamp(reach, kSoilMost, kHighest);
}

}  // namespace furrow::edge
