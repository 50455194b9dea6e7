// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/wheel.h"

#include <algorithm>

namespace furrow::edge {
namespace {

/// Drawn to the count with a time constant of seven samples.
constexpr double kGain = 0.15;
/// Micrometres beyond two pulses: so far off, the count is believed at once.
constexpr double kFar = 20'000;

}  // namespace

bool WheelTrack::Add(const OdometerSample& sample) {
  const double count = static_cast<double>(sample.s) + half_;
  WheelState next{sample.t, count, static_cast<double>(std::max<MicronsPerSecond>(0, sample.v))};
  if (!empty()) {
    const WheelState& last = newest();
    const double expected = last.s + (last.v + next.v) / 2 * FromBillionths(sample.t - last.t);
    const double off = count - expected;
    if (off < 4 * half_ + kFar && off > -4 * half_ - kFar) next.s = expected + kGain * off;
    next.s = std::max(next.s, last.s);
  }
  return past_.Add(next);
}

}  // namespace furrow::edge
