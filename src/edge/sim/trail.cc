// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/trail.h"

#include <algorithm>

namespace furrow::edge {
namespace {

constexpr Nanos kStep = 5 * kMillisecond;
constexpr double kAhead = 6, kPast = 4, kLongest = 60;

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

}  // namespace

Trail::Trail(const Drive& drive) : drive_(drive) {
  Advance();
  Advance();
}

void Trail::Advance() {
  const DrivePose pose = drive_.At(next_);
  path_.push_back({FromBillionths(pose.t), FromMillionths(pose.s), FromMillionths(pose.v),
                   FromBillionths(pose.yaw_rate), FromMillionths(pose.x), FromMillionths(pose.y),
                   FromBillionths(pose.heading)});
  next_ += kStep;
}

void Trail::ReachFor(double t) {
  while (path_.back().t < t) Advance();
  const double wanted = At(t).s + kAhead;
  while (path_.back().s < wanted && path_.back().t < t + kLongest) Advance();
  while (path_.front().t < t - kPast) path_.pop_front();
}

TruePose Trail::At(double t) const {
  const double steps = std::max(0.0, (t - path_.front().t) / FromBillionths(kStep));
  const size_t i = std::min(static_cast<size_t>(steps), path_.size() - 2);
  return Mixed(path_[i], path_[i + 1], steps - static_cast<double>(i));
}

TruePose Trail::AtDistance(double s) const {
  const auto after = std::lower_bound(path_.begin() + 1, path_.end() - 1, s,
                                      [](const TruePose& pose, double to) { return pose.s < to; });
  const TruePose& before = *(after - 1);
  const double way = after->s - before.s;
  return Mixed(before, *after, way > 0 ? (s - before.s) / way : 1);
}

}  // namespace furrow::edge
