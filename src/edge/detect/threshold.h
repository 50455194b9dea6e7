// SPDX-License-Identifier: Apache-2.0
// The thresholds of the method `adaptive`: what separates plant from ground in this frame.
// docs/edge/detect.md says why they are made so, and what they reach.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "edge/detect/kernels.h"

namespace furrow::edge {

/// How many pixels have each value of an index.
using Histogram = std::array<uint32_t, 256>;

/// Two classes: values up to `threshold`, and those above.
struct Split {
  int threshold = 0;
  /// The share of the variance that lies between the classes, 0..1: 0.64 for one bell cut in half,
  /// towards 1 the clearer there are two.
  double separation = 0;
};

/// The split with the greatest variance between the classes, the lowest of equal ones. Source: Otsu
/// 1979, "A threshold selection method from gray-level histograms", IEEE Trans. SMC 9(1). Counts
/// may add up to at most 2^25.
Split Otsu(std::span<const uint32_t> counts);

/// The value up to which the ground's own variation reaches, in 16ths: the median plus so many
/// standard deviations in tenths, estimated by the quartiles, which plants on less than a quarter
/// of the pixels hardly move. That is a detector with a constant rate of false alarms: Rohling
/// 1983, "Radar CFAR thresholding in clutter and multiple target situations", IEEE Trans. AES
/// 19(4). The largest value there is where nothing was counted.
int ReachOfGround(const Histogram& counts, int tenths);

/// The value of excess green, biased by kExcessBias, above which there are only plants, if the
/// histogram shows them as a class of their own; else 255.
int PlantClass(const Histogram& excess);

/// Plant is what lies above both, in their biased values (kernels.h), in a patch that somewhere
/// lies above one of them by so much that it is strong.
struct PlantThresholds {
  int excess = 255, excess_strong = 255;
  int over_red = 255, over_red_strong = 255;

  bool operator==(const PlantThresholds&) const = default;
};

/// From histograms of both indices over the pixels whose excess green is at most `plant_class`.
/// `filled`: plants fill the frame, as FilledByPlants says.
PlantThresholds AdaptiveThresholds(const Histogram& excess, const Histogram& over_red,
                                   int plant_class, bool filled);

/// Whether 95 % of the pixels are greener than soil can be, so that there is no ground to measure.
bool FilledByPlants(const Histogram& excess);

}  // namespace furrow::edge
