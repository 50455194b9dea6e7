// SPDX-License-Identifier: Apache-2.0
// A wheel's pulses as a smooth way and speed.
#pragma once

#include "edge/pose/past.h"
#include "edge/pose/samples.h"

namespace furrow::edge {

/// Micrometres of the wheel, not yet of the ground.
struct WheelState {
  Nanos t = 0;
  double s = 0, v = 0;
};

inline WheelState Between(const WheelState& from, const WheelState& to, Nanos t) {
  const double part = static_cast<double>(t - from.t) / static_cast<double>(to.t - from.t);
  return {t, from.s + (to.s - from.s) * part, from.v + (to.v - from.v) * part};
}

/// Goes on with the speed and is drawn towards the count, in the middle of whose present pulse the
/// wheel is taken to be: an alpha filter with the speed measured (T. Benedict, G. Bordner,
/// Synthesis of an optimal set of radar track-while-scan smoothing equations, 1962). So the way
/// does not jump by a pulse, and in the long run it is the count. One thread; never allocates.
class WheelTrack {
 public:
  /// `pulse`: the length that the wheel counts in.
  explicit WheelTrack(Microns pulse) : half_(static_cast<double>(pulse) / 2) {}

  /// False, and nothing taken in, when `sample` is not later than the one before. The way never
  /// goes back.
  bool Add(const OdometerSample& sample);

  bool empty() const { return past_.empty(); }
  const WheelState& newest() const { return past_.Newest(); }
  /// At a moment of the last seconds.
  std::optional<WheelState> At(Nanos t) const { return past_.At(t); }

 private:
  const double half_;
  Past<WheelState, 512> past_;  // five seconds at 100 Hz
};

}  // namespace furrow::edge
