// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/pose.h"

#include <algorithm>

namespace furrow::edge {

Pose Between(const Pose& from, const Pose& to, Nanos t) {
  const Nanos span = to.t - from.t, part = t - from.t;
  // A product of a distance and a span passes 64 bits; the divisor keeps the result small.
  const auto mix = [&](int64_t a, int64_t b) {
    return a + static_cast<int64_t>(static_cast<__int128>(b - a) * part / span);
  };
  return {t,
          mix(from.s, to.s),
          mix(from.v, to.v),
          mix(from.yaw_rate, to.yaw_rate),
          mix(from.lift, to.lift),
          std::max(from.sigma, to.sigma),
          from.flags | to.flags,
          mix(from.heading, to.heading)};
}

Pose Ahead(const Pose& last, Nanos t) {
  Pose pose = last;
  pose.s += static_cast<int64_t>(static_cast<__int128>(last.v) * (t - last.t) / kSecond);
  pose.heading +=
      static_cast<int64_t>(static_cast<__int128>(last.yaw_rate) * (t - last.t) / kSecond);
  pose.t = t;
  return pose;
}

int64_t HeadingAt(const Pose& pose, Microns s) {
  // Standing still it turns about itself.
  constexpr MicronsPerSecond kMoving = 50'000;
  if (pose.v < kMoving) return pose.heading;
  return pose.heading +
         static_cast<int64_t>(static_cast<__int128>(pose.yaw_rate) * (s - pose.s) / pose.v);
}

namespace {

/// Over a longer gap nobody knows how it was driven.
constexpr Nanos kGapMax = kSecond;

}  // namespace

bool PoseHistory::Add(const Pose& sample) {
  Pose pose = sample;
  pose.heading = 0;
  if (!past_.empty()) {
    const Pose& last = past_.Newest();
    pose.heading =
        last.heading + static_cast<int64_t>(static_cast<__int128>(last.yaw_rate + pose.yaw_rate) *
                                            (pose.t - last.t) / (2 * kSecond));
  }
  return past_.Add(pose);
}

std::optional<Pose> PoseHistory::At(Nanos t) const {
  if (!past_.empty() && t >= past_.Newest().t) return Ahead(past_.Newest(), t);
  return past_.At(t, kGapMax);
}

std::optional<Nanos> PoseHistory::Age(Nanos now) const {
  if (past_.empty()) return std::nullopt;
  return now - past_.Newest().t;
}

}  // namespace furrow::edge
