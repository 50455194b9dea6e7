// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/path.h"

#include <cmath>

namespace furrow::edge {
namespace {

/// Whole numbers away from zero at halves, without the rounding mode or the C library.
int64_t Rounded(double value) {
  return static_cast<int64_t>(value < 0 ? value - 0.5 : value + 0.5);
}

/// atan(u)/u for |u| <= 0.7, to 1e-4 at the end and 1e-9 below 0.25: its Taylor series.
double ArcOverSlope(double u) {
  const double q = u * u;
  return 1 -
         q * (1.0 / 3 - q * (1.0 / 5 - q * (1.0 / 7 - q * (1.0 / 9 - q * (1.0 / 11 - q / 13)))));
}

}  // namespace

std::optional<PlaceOnPath> MeetingPoint(const Pose& pose, double x_m, double y_m) {
  constexpr double kTurnsMax = 0.7;
  // Standing still it turns about itself, and what comes then is not known.
  constexpr MicronsPerSecond kMoving = 50'000;
  const double curvature =
      pose.v < kMoving ? 0 : static_cast<double>(pose.yaw_rate) / 1e3 / static_cast<double>(pose.v);
  const double inner = 1 - curvature * y_m;
  if (!(inner > 0.05)) return std::nullopt;
  const double slope = curvature * x_m / inner;
  if (slope > kTurnsMax || slope < -kTurnsMax) return std::nullopt;
  const double radius = std::sqrt(curvature * x_m * (curvature * x_m) + inner * inner);
  const double along = x_m / inner * ArcOverSlope(slope);
  const double across = (2 * y_m - curvature * (y_m * y_m + x_m * x_m)) / (1 + radius);
  return PlaceOnPath{pose.s + Rounded(along * 1e6), Rounded(across * 1e6)};
}

}  // namespace furrow::edge
