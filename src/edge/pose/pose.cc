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
          from.flags | to.flags};
}

Pose Ahead(const Pose& last, Nanos t) {
  Pose pose = last;
  pose.s += static_cast<int64_t>(static_cast<__int128>(last.v) * (t - last.t) / kSecond);
  pose.t = t;
  return pose;
}

namespace {

/// Over a longer gap nobody knows how it was driven.
constexpr Nanos kGapMax = kSecond;

}  // namespace

bool PoseHistory::Add(const Pose& sample) { return past_.Add(sample); }

std::optional<Pose> PoseHistory::At(Nanos t) const {
  if (!past_.empty() && t >= past_.Newest().t) return Ahead(past_.Newest(), t);
  return past_.At(t, kGapMax);
}

std::optional<Nanos> PoseHistory::Age(Nanos now) const {
  if (past_.empty()) return std::nullopt;
  return now - past_.Newest().t;
}

}  // namespace furrow::edge
