// SPDX-License-Identifier: Apache-2.0
#include "edge/boom/projection.h"

#include <cmath>

#include "edge/boom/sine.h"

namespace furrow::edge {
namespace {

// Newton's method doubles the digits in each step; from the distorted radius of a usable lens five
// steps reach the last one. A fixed count gives every processor the same answer.
constexpr int kSteps = 8;

/// The squared radius at which a distorted radius stops growing: the least positive root of
/// 1 + 3 k1 q + 5 k2 q^2, the derivative of r (1 + k1 r^2 + k2 r^4) for q = r^2.
double FoldsAt(double k1, double k2) {
  constexpr double kNever = 1e12;
  const double a = 5 * k2;
  const double b = 3 * k1;
  if (a == 0) return b < 0 ? -1 / b : kNever;
  const double inside = b * b - 4 * a;
  if (inside < 0) return kNever;
  const double root = std::sqrt(inside);
  const double low = (-b - root) / (2 * a);
  const double high = (-b + root) / (2 * a);
  const double least = low < high ? low : high;
  const double most = low < high ? high : low;
  if (least > 0) return least;
  return most > 0 ? most : kNever;
}

}  // namespace

Projection::Projection(const Camera& camera)
    : focal_(camera.focal),
      centre_u_(camera.centre_u),
      centre_v_(camera.centre_v),
      k1_(camera.k1),
      k2_(camera.k2),
      x_(camera.x),
      y_(camera.y),
      height_(camera.height_m),
      square_max_(FoldsAt(camera.k1, camera.k2)) {
  const double cos_yaw = Cosine(camera.yaw), sin_yaw = Sine(camera.yaw);
  const double cos_pitch = Cosine(camera.pitch), sin_pitch = Sine(camera.pitch);
  const double cos_roll = Cosine(camera.roll), sin_roll = Sine(camera.roll);
  forward_ = {cos_pitch * cos_yaw, cos_pitch * sin_yaw, -sin_pitch};
  const Axis right{sin_yaw, -cos_yaw, 0};
  const Axis down{-sin_pitch * cos_yaw, -sin_pitch * sin_yaw, -cos_pitch};
  // Left lower means right higher: the right axis turns away from down.
  right_ = {right.x * cos_roll - down.x * sin_roll, right.y * cos_roll - down.y * sin_roll,
            right.z * cos_roll - down.z * sin_roll};
  down_ = {down.x * cos_roll + right.x * sin_roll, down.y * cos_roll + right.y * sin_roll,
           down.z * cos_roll + right.z * sin_roll};
}

double Projection::Undistort(double square) const {
  const double distorted = std::sqrt(square);
  if (distorted < 1e-12) return 1;
  double r = distorted;
  if (r * r > square_max_) r = std::sqrt(square_max_) * 0.9;
  for (int step = 0; step < kSteps; ++step) {
    const double q = r * r;
    const double slope = 1 + q * (3 * k1_ + q * (5 * k2_));
    if (slope <= 0) return 0;
    r -= (r * (1 + q * (k1_ + q * k2_)) - distorted) / slope;
  }
  const double q = r * r;
  if (r <= 0 || q >= square_max_) return 0;
  const double off = r * (1 + q * (k1_ + q * k2_)) - distorted;
  return off < 1e-9 && off > -1e-9 ? r / distorted : 0;
}

bool Projection::ToGround(double u, double v, double& x_m, double& y_m, double lift_m) const {
  double a = (u - centre_u_) / focal_;
  double b = (v - centre_v_) / focal_;
  if (k1_ != 0 || k2_ != 0) {
    const double scale = Undistort(a * a + b * b);
    if (scale == 0) return false;
    a *= scale;
    b *= scale;
  }
  const double fall = -(right_.z * a + down_.z * b + forward_.z);
  const double height = height_ + lift_m;
  if (fall <= 0 || height <= 0) return false;
  const double far = height / fall;
  const double dx = far * (right_.x * a + down_.x * b + forward_.x);
  const double dy = far * (right_.y * a + down_.y * b + forward_.y);
  if (!(dx * dx + dy * dy <= kReach * kReach)) return false;
  x_m = x_ + dx;
  y_m = y_ + dy;
  return true;
}

bool Projection::ToPixel(double x_m, double y_m, double& u, double& v, double lift_m) const {
  const double height = height_ + lift_m;
  const double dx = x_m - x_;
  const double dy = y_m - y_;
  const double depth = forward_.x * dx + forward_.y * dy - forward_.z * height;
  if (depth <= 0) return false;
  const double a = (right_.x * dx + right_.y * dy - right_.z * height) / depth;
  const double b = (down_.x * dx + down_.y * dy - down_.z * height) / depth;
  const double square = a * a + b * b;
  if (square >= square_max_) return false;
  const double scale = focal_ * (1 + square * (k1_ + square * k2_));
  u = centre_u_ + scale * a;
  v = centre_v_ + scale * b;
  return true;
}

}  // namespace furrow::edge
