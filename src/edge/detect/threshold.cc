// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/threshold.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace furrow::edge {
namespace {

/// Soil, stones and straw stay below this excess green under a camera with its white balance set,
/// but for straw of one pixel or two.
constexpr int kSoilMost = kExcessBias + 20;
/// What is grey is no plant, however the ground around it is tinted: a stone on red soil.
constexpr int kPlantLeast = kExcessBias + 8;
/// What lies above both of these is plant on any ground. Where plants are so many, and so mixed
/// with ground, that they form no class of their own, they would pass for the ground's variation.
constexpr int kExcessMost = kExcessBias + 40, kOverRedMost = kOverRedBias + 10;
constexpr int kExcessStrongMost = kExcessBias + 60;
/// One bell is 0.64. One whose lower part counts as zero reaches 0.77, but is cut below kSoilMost
/// unless its standard deviation exceeds 20.
constexpr double kTwoClasses = 0.7;
/// Deviations of the ground in tenths. Both indices of a plant lie above the first ones. Green
/// straw and clods of a chance tint get so far too, but seldom as far as the strong ones.
constexpr int kExcess = 50, kExcessStrong = 90;
constexpr int kOverRed = 40, kOverRedStrong = 65;
/// A bell's quartiles lie so many thousandths of its standard deviation apart.
constexpr int64_t kQuartilesApart = 1349;

uint64_t Total(const Histogram& counts) {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

/// The value in 16ths below which `quarters` quarters of the counts lie; a bin's counts are spread
/// evenly over its width.
int64_t Quartile(const Histogram& counts, uint64_t total, uint64_t quarters) {
  const uint64_t wanted = total * quarters;  // in quarters
  uint64_t below = 0;
  for (size_t value = 0; value < counts.size(); ++value) {
    const uint64_t here = 4 * uint64_t{counts[value]};
    if (here > 0 && below + here >= wanted) {
      return static_cast<int64_t>(16 * value + 16 * (wanted - below) / here) - 8;
    }
    below += here;
  }
  return 16 * 255;
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

int ReachOfGround(const Histogram& counts, int tenths) {
  const uint64_t total = Total(counts);
  if (total == 0) return 16 * 255;
  const int64_t between = Quartile(counts, total, 3) - Quartile(counts, total, 1);
  const int64_t reach = Quartile(counts, total, 2) + 100 * tenths * between / kQuartilesApart;
  return static_cast<int>(std::clamp<int64_t>(reach, 0, 16 * 255));
}

int PlantClass(const Histogram& excess) {
  // Shades of what is not green are no classes: they all count as zero.
  std::array<uint32_t, 256 - kExcessBias> green;
  std::copy(excess.begin() + kExcessBias, excess.end(), green.begin());
  for (int i = 0; i < kExcessBias; ++i) green[0] += excess[static_cast<size_t>(i)];
  const Split split = Otsu(green);
  const int threshold = split.threshold + kExcessBias;
  return split.separation >= kTwoClasses && threshold >= kSoilMost ? threshold : 255;
}

bool FilledByPlants(const Histogram& excess) {
  uint64_t soil = 0;
  for (int value = 0; value <= kSoilMost; ++value) soil += excess[static_cast<size_t>(value)];
  const uint64_t total = Total(excess);
  return total > 0 && 20 * soil < total;
}

PlantThresholds AdaptiveThresholds(const Histogram& excess, const Histogram& over_red,
                                   int plant_class, bool filled) {
  if (Total(excess) == 0) return {};
  // Where the most frequent value is greener than soil, the ground is the rare one.
  if (filled || Mode(excess) > kSoilMost) return {kSoilMost, kSoilMost, 0, 0};
  const auto reach = [](const Histogram& counts, int tenths, int least, int most) {
    return std::clamp(ReachOfGround(counts, tenths) / 16, least, most);
  };
  PlantThresholds found;
  found.excess = std::min(reach(excess, kExcess, kPlantLeast, kExcessMost), plant_class);
  found.excess_strong = reach(excess, kExcessStrong, kPlantLeast, kExcessStrongMost);
  found.over_red = reach(over_red, kOverRed, 0, kOverRedMost);
  found.over_red_strong = reach(over_red, kOverRedStrong, 0, kOverRedMost);
  return found;
}

}  // namespace furrow::edge
