// SPDX-License-Identifier: Apache-2.0
// Between a camera's pixels and the ground plane: the only place that knows the geometry.
//
// Pixels are continuous: (0, 0) is the upper left corner of the image and (0.5, 0.5) the middle of
// its first pixel; u grows to the right, v downwards. Ground is metres from the centre of the
// nozzle line, x forward and y to the left. With yaw 0 up in the image is forward and left in the
// image is left.
//
// The camera is turned first by yaw about the vertical, then by pitch about its own level axis,
// last by roll about its optical axis (R. Hartley, A. Zisserman, Multiple View Geometry, 2nd ed.,
// ch. 6). Looking straight down, roll and yaw are the same turn. Distortion is radial, two terms,
// applied to normalised coordinates (D. C. Brown, Decentering Distortion of Lenses, 1966).
#pragma once

#include "edge/boom/boom.h"

namespace furrow::edge {

/// Immutable and safe to share. Built and asked with + - * / and square root alone, so both give
/// the same bits on every processor.
class Projection {
 public:
  explicit Projection(const Camera& camera);

  /// Where the ray through (u, v) meets the ground, with the camera `lift_m` higher above it than
  /// the boom's file says. False, with x_m and y_m as they were, when it does not come down within
  /// kReach of the camera, or when no ray reaches (u, v) through this lens.
  bool ToGround(double u, double v, double& x_m, double& y_m, double lift_m = 0) const;

  /// Where a point of the ground is seen, which may lie outside the image. False, with u and v as
  /// they were, when it lies behind the camera or so far aside that the distortion would fold it
  /// back into the image.
  bool ToPixel(double x_m, double y_m, double& u, double& v, double lift_m = 0) const;

  /// Metres on the ground; beyond lies the horizon.
  static constexpr double kReach = 1000;

 private:
  /// The undistorted radius over the distorted one; 0 when there is none.
  double Undistort(double square) const;

  struct Axis {
    double x, y, z;  // forward, left, up
  };

  double focal_, centre_u_, centre_v_, k1_, k2_;
  double x_, y_, height_;
  double square_max_;            // of the undistorted radius; from there on the lens folds
  Axis right_, down_, forward_;  // of the image, in the world
};

}  // namespace furrow::edge
