// SPDX-License-Identifier: Apache-2.0
// Sine and cosine that are the same bits on every processor. The C library's differ in the last
// bit from one to the next, and a projection that starts from them would too.
#pragma once

namespace furrow::edge {

constexpr double kPi = 3.14159265358979323846;

/// The sine of an angle in radians, within 1e-15 for |angle| <= 100. Only + - * /, so constant
/// expressions may use it; a file that calls it at run time is compiled with -ffp-contract=off, and
/// has its own copy (hence static), for the linker would take any.
static constexpr double Sine(double angle) {
  const double turns = angle / (2 * kPi);
  const auto whole = static_cast<long long>(turns + (turns < 0 ? -0.5 : 0.5));
  double x = angle - static_cast<double>(whole) * (2 * kPi);  // within [-pi, pi]
  if (x > kPi / 2) x = kPi - x;
  if (x < -kPi / 2) x = -kPi - x;
  // Taylor's series; the first term left out is below 1e-18 at pi/2.
  const double square = x * x;
  double term = x;
  double sum = x;
  for (int n = 3; n <= 21; n += 2) {
    term = term * -square / (static_cast<double>(n) * (n - 1));
    sum += term;
  }
  return sum;
}

static constexpr double Cosine(double angle) { return Sine(angle + kPi / 2); }

}  // namespace furrow::edge
