// SPDX-License-Identifier: Apache-2.0
#include "edge/field/drive.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "edge/boom/sine.h"

namespace furrow::edge {
namespace {

using Wide = __int128;

/// To the nearest, halves away from zero.
int64_t Divided(Wide a, Wide b) {
  const Wide half = b / 2;
  return static_cast<int64_t>(a < 0 ? (a - half) / b : (a + half) / b);
}

/// The way on the plane from t = 0 to `seconds`, turning from `heading`.
void Path(double v, double a, double heading, double w, double seconds, double& x, double& y) {
  // Five points of Gauss and Legendre are exact to nine digits and more over half a radian.
  constexpr double kAt[] = {0.04691007703066800, 0.23076534494715845, 0.5, 0.76923465505284155,
                            0.95308992296933200};
  constexpr double kWeight[] = {0.11846344252809454, 0.23931433524968324, 0.28444444444444444,
                                0.23931433524968324, 0.11846344252809454};
  const double turned = w < 0 ? -w * seconds : w * seconds;
  const int parts = 1 + static_cast<int>(turned / 0.5);
  const double step = seconds / parts;
  for (int part = 0; part < parts; ++part) {
    for (int i = 0; i < 5; ++i) {
      const double t = step * (part + kAt[i]);
      const double way = kWeight[i] * step * (v + a * t);
      x += way * Cosine(heading + w * t);
      y += way * Sine(heading + w * t);
    }
  }
}

}  // namespace

Drive::Drive(MicronsPerSecond speed) {
  Piece first;
  first.begin.v = std::max<MicronsPerSecond>(0, speed);
  pieces_.push_back(first);
}

DrivePose Drive::Within(const Piece& piece, Nanos t) {
  const DrivePose& begin = piece.begin;
  const Wide dt = t - begin.t;
  constexpr Wide kOne = kSecond;
  DrivePose pose = begin;
  pose.t = t;
  pose.v = begin.v + Divided(piece.acceleration * dt, kOne);
  pose.s =
      begin.s + Divided(2 * begin.v * dt * kOne + piece.acceleration * dt * dt, 2 * kOne * kOne);
  pose.heading = begin.heading + Divided(begin.yaw_rate * dt, kOne);
  if (begin.yaw_rate == 0 && begin.heading == 0) {
    pose.x = begin.x + (pose.s - begin.s);
    return pose;
  }
  double x = 0, y = 0;
  Path(static_cast<double>(begin.v), static_cast<double>(piece.acceleration),
       FromBillionths(begin.heading), FromBillionths(begin.yaw_rate),
       FromBillionths(static_cast<int64_t>(dt)), x, y);
  pose.x = begin.x + std::llround(x);
  pose.y = begin.y + std::llround(y);
  return pose;
}

void Drive::End(Nanos duration, MicronsPerSecond speed) {
  Piece next;
  next.begin = Within(pieces_.back(), pieces_.back().begin.t + duration);
  next.begin.v = speed;
  pieces_.push_back(next);
}

Drive& Drive::Hold(Nanos duration) {
  End(std::max<Nanos>(0, duration), pieces_.back().begin.v);
  return *this;
}

Drive& Drive::Change(MicronsPerSecond speed, MicronsPerSecond2 rate) {
  const MicronsPerSecond to = std::max<MicronsPerSecond>(0, speed);
  const MicronsPerSecond from = pieces_.back().begin.v;
  if (to == from || rate <= 0) return *this;
  pieces_.back().acceleration = to > from ? rate : -rate;
  End(Divided(Wide{std::abs(to - from)} * kSecond, rate), to);
  return *this;
}

Drive& Drive::Turn(NanoradsPerSecond yaw_rate) {
  pieces_.back().begin.yaw_rate = yaw_rate;
  return *this;
}

DrivePose Drive::At(Nanos t) const {
  const auto after =
      std::ranges::upper_bound(pieces_, t, {}, [](const Piece& piece) { return piece.begin.t; });
  DrivePose pose = Within(after == pieces_.begin() ? *after : *(after - 1), t);
  // Rounding may carry a piece a micrometre past its end.
  if (after != pieces_.end()) pose.s = std::min(pose.s, after->begin.s);
  pose.v = std::max<MicronsPerSecond>(0, pose.v);
  return pose;
}

Nanos Drive::TimeAt(Microns s) const {
  if (s <= 0) return 0;
  Nanos low = 0;
  Nanos high = end() + 1;
  if (At(high).s < s) {
    const DrivePose& last = pieces_.back().begin;
    if (last.v == 0) return -1;
    high = last.t + Divided(Wide{s - last.s + 2} * kSecond, last.v) + kSecond;
  }
  while (low < high) {
    const Nanos middle = low + (high - low) / 2;
    if (At(middle).s < s) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<Drive> DriveNamed(std::string_view name, MicronsPerSecond speed, Microns length) {
  constexpr MicronsPerSecond2 kBrake = 3'000'000;
  constexpr MicronsPerSecond2 kGain = 1'500'000;
  constexpr NanoradsPerSecond kBend = 80'000'000;
  if (speed <= 0) return Status(Code::kInvalidArgument, "a drive needs a speed above 0");
  Drive drive(speed);
  const auto metres = [&](int64_t count) { return Divided(Wide{count * kMetre} * kSecond, speed); };
  const auto driven = [&] { return drive.At(drive.end()).s; };
  if (name == "constant") {
    drive.Hold(metres(1));
  } else if (name == "braking") {
    while (driven() < length) {
      drive.Hold(metres(40)).Change(speed / 2, kBrake).Hold(kSecond).Change(speed, kGain);
    }
  } else if (name == "stops") {
    while (driven() < length) {
      drive.Hold(metres(60)).Change(0, kBrake).Hold(2 * kSecond).Change(speed, kGain);
    }
  } else if (name == "turns") {
    while (driven() < length) {
      drive.Turn(0).Hold(metres(20)).Turn(kBend).Hold(metres(15));
      drive.Turn(-kBend).Hold(metres(30)).Turn(kBend).Hold(metres(15));
    }
    drive.Turn(0);
  } else {
    return Status(
        Code::kInvalidArgument,
        fmt::format("there is no drive \"{}\"; there are: constant braking stops turns", name));
  }
  return drive;
}

}  // namespace furrow::edge
