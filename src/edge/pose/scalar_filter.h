// SPDX-License-Identifier: Apache-2.0
// A Kalman filter of one number (R. E. Kalman, A new approach to linear filtering and prediction
// problems, 1960) with a gate for what cannot be: a measurement farther off than so many standard
// deviations of its innovation is refused (Y. Bar-Shalom, T. Fortmann, Tracking and Data
// Association, 1988). Only + - * /: the same on every processor.
#pragma once

namespace furrow::edge {

class ScalarFilter {
 public:
  constexpr ScalarFilter(double value, double variance) : value_(value), variance_(variance) {}

  constexpr double value() const { return value_; }
  constexpr double variance() const { return variance_; }

  /// The number may have changed by so much, as a variance.
  constexpr void Drift(double variance) { variance_ += variance; }

  /// The variance of what Take will compare.
  constexpr double Innovation(double factor, double noise) const {
    return factor * factor * variance_ + noise;
  }

  /// Takes in `measured`, which is `factor` times the number with a noise of this variance. False,
  /// and nothing changed, when it lies beyond `gate` standard deviations.
  constexpr bool Take(double measured, double factor, double noise, double gate) {
    const double off = measured - factor * value_;
    const double spread = Innovation(factor, noise);
    if (off * off > gate * gate * spread) return false;
    const double gain = variance_ * factor / spread;
    value_ += gain * off;
    variance_ *= 1 - gain * factor;
    return true;
  }

 private:
  double value_, variance_;
};

}  // namespace furrow::edge
