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
  return {t, mix(from.s, to.s), mix(from.v, to.v), mix(from.yaw_rate, to.yaw_rate)};
}

Pose Ahead(const Pose& last, Nanos t) {
  Pose pose = last;
  pose.s += static_cast<int64_t>(static_cast<__int128>(last.v) * (t - last.t) / kSecond);
  pose.t = t;
  return pose;
}

bool PoseHistory::Add(const Pose& sample) {
  if (count_ > 0 && sample.t <= Newest(0).t) return false;
  ring_[count_++ % kSamples] = sample;
  return true;
}

std::optional<Pose> PoseHistory::At(Nanos t) const {
  if (count_ == 0) return std::nullopt;
  if (t >= Newest(0).t) return Ahead(Newest(0), t);
  // Who asks about the past asks about the last tenths of a second.
  const size_t kept = std::min(count_, kSamples);
  for (size_t back = 1; back < kept; ++back) {
    if (Newest(back).t <= t) return Between(Newest(back), Newest(back - 1), t);
  }
  return std::nullopt;
}

std::optional<Nanos> PoseHistory::Age(Nanos now) const {
  if (count_ == 0) return std::nullopt;
  return now - Newest(0).t;
}

}  // namespace furrow::edge
