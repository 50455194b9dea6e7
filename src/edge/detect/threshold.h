// SPDX-License-Identifier: Apache-2.0
// The threshold of the method `adaptive`: what index separates plant from ground in this frame.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace furrow::edge {

/// How many pixels have each value of an index.
using Histogram = std::array<uint32_t, 256>;

/// Excess green is counted with this added to it, so that the ground's side of zero is seen too.
constexpr int kIndexBias = 64;

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

/// The threshold on unbiased excess green (2g - r - b), 0..191: plant is what lies above it.
///
/// Otsu's, where the frame shows two clear classes and the threshold is a green that soil does not
/// reach. Otherwise plants are few (Otsu would cut the ground's own noise in two), and the ground
/// itself says what it does not reach: its most frequent index plus three times its spread. A frame
/// without plants has nothing above that but single pixels. Where nearly all pixels, or the most
/// frequent ones, are greener than soil can be, plants fill the frame: soil's most is the limit.
int AdaptiveThreshold(const Histogram& biased);

}  // namespace furrow::edge
