// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/true_drive.h"

#include <algorithm>
#include <cmath>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr double kStep = 0.001;
constexpr double kAhead = 6, kPast = 4;

TruePose Mixed(const TruePose& a, const TruePose& b, double part) {
  const auto mix = [&](double from, double to) { return from + (to - from) * part; };
  return {mix(a.t, b.t),
          mix(a.s, b.s),
          mix(a.v, b.v),
          mix(a.yaw_rate, b.yaw_rate),
          mix(a.x, b.x),
          mix(a.y, b.y),
          mix(a.heading, b.heading)};
}

double Towards(double from, double to, double step) {
  return from + std::clamp(to - from, -step, step);
}

}  // namespace

TrueDrive::TrueDrive(const DriveOptions& options) : options_(options) {
  path_.push_back({.v = options.speed_mps});
}

void TrueDrive::Advance() {
  const TruePose& last = path_.back();
  TruePose next = last;
  next.t = last.t + kStep;
  const bool slow = options_.braking_mps2 > 0 && std::fmod(last.t, 20) > 14;
  next.v = Towards(last.v, slow ? options_.speed_mps / 2 : options_.speed_mps,
                   (slow ? options_.braking_mps2 : 1) * kStep);
  const int quarter = static_cast<int>(last.t / 15) % 4;
  const double curve = quarter == 1 ? 1 : quarter == 3 ? -1 : 0;
  next.yaw_rate = Towards(last.yaw_rate, curve * options_.yaw_rate_radps, 0.05 * kStep);
  const double v = (last.v + next.v) / 2;
  next.heading = last.heading + (last.yaw_rate + next.yaw_rate) / 2 * kStep;
  const double heading = (last.heading + next.heading) / 2;
  next.s = last.s + v * kStep;
  next.x = last.x + v * kStep * std::cos(heading);
  next.y = last.y + v * kStep * std::sin(heading);
  path_.push_back(next);
}

void TrueDrive::ReachFor(double t) {
  while (path_.back().t < t || path_.back().s < At(t).s + kAhead) Advance();
  while (path_.front().t < t - kPast) path_.pop_front();
}

TruePose TrueDrive::At(double t) const {
  const double steps = std::max(0.0, (t - path_.front().t) / kStep);
  const size_t i = std::min(static_cast<size_t>(steps), path_.size() - 2);
  return Mixed(path_[i], path_[i + 1], steps - static_cast<double>(i));
}

TruePose TrueDrive::AtDistance(double s) const {
  const auto after = std::lower_bound(path_.begin() + 1, path_.end() - 1, s,
                                      [](const TruePose& pose, double to) { return pose.s < to; });
  const TruePose& before = *(after - 1);
  return Mixed(before, *after, (s - before.s) / (after->s - before.s));
}

Pose TrueDrive::Measured(Nanos t) const {
  const TruePose truth = At(FromBillionths(t));
  Draws draws(KeyOf(options_.seed, Purpose::kOdometry, t / kMillisecond));
  constexpr Microns kTooth = 2'000;  // the odometer counts in these
  Pose pose;
  pose.t = t;
  pose.s = ToMillionths(truth.s * (1 + options_.odometer_scale)) / kTooth * kTooth;
  pose.v = ToMillionths(truth.v) + draws.Normal(ToMillionths(truth.v) / 500);
  pose.yaw_rate = ToBillionths(truth.yaw_rate) + draws.Normal(1'000'000);
  return pose;
}

}  // namespace furrow::edge
