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

/// The way on the plane from t = 0 to `seconds`, turning from `heading` at `w`, which grows at `g`.
void Path(double v, double a, double heading, double w, double g, double seconds, double& x,
          double& y) {
  // Five points of Gauss and Legendre are exact to nine digits and more over half a radian.
  constexpr double kAt[] = {0.04691007703066800, 0.23076534494715845, 0.5, 0.76923465505284155,
                            0.95308992296933200};
  constexpr double kWeight[] = {0.11846344252809454, 0.23931433524968324, 0.28444444444444444,
                                0.23931433524968324, 0.11846344252809454};
  const double most = std::max(std::abs(w), std::abs(w + g * seconds));
  const double turned = most * seconds;
  const int parts = 1 + static_cast<int>(turned / 0.5);
  const double step = seconds / parts;
  for (int part = 0; part < parts; ++part) {
    for (int i = 0; i < 5; ++i) {
      const double t = step * (part + kAt[i]);
      const double way = kWeight[i] * step * (v + a * t);
      const double towards = heading + (w + g / 2 * t) * t;
      x += way * Cosine(towards);
      y += way * Sine(towards);
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
  if (piece.acceleration == 0) {
    pose.s = begin.s + Divided(begin.v * dt, kOne);
  } else {
    pose.v = begin.v + Divided(piece.acceleration * dt, kOne);
    pose.s =
        begin.s + Divided(2 * begin.v * dt * kOne + piece.acceleration * dt * dt, 2 * kOne * kOne);
  }
  if (piece.turning == 0) {
    pose.heading = begin.heading + Divided(begin.yaw_rate * dt, kOne);
  } else {
    pose.yaw_rate = begin.yaw_rate + Divided(piece.turning * dt, kOne);
    pose.heading = begin.heading + Divided(2 * begin.yaw_rate * dt * kOne + piece.turning * dt * dt,
                                           2 * kOne * kOne);
  }
  return pose;
}

void Drive::Place(const Piece& piece, DrivePose& pose) {
  const DrivePose& begin = piece.begin;
  if (begin.yaw_rate == 0 && begin.heading == 0 && piece.turning == 0) {
    pose.x = begin.x + (pose.s - begin.s);
    return;
  }
  double x = 0, y = 0;
  Path(static_cast<double>(begin.v), static_cast<double>(piece.acceleration),
       FromBillionths(begin.heading), FromBillionths(begin.yaw_rate), FromBillionths(piece.turning),
       FromBillionths(pose.t - begin.t), x, y);
  pose.x = begin.x + std::llround(x);
  pose.y = begin.y + std::llround(y);
}

void Drive::End(Nanos duration, MicronsPerSecond speed) {
  Piece next;
  next.begin = Within(pieces_.back(), pieces_.back().begin.t + duration);
  Place(pieces_.back(), next.begin);
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

Drive& Drive::Move(Nanos duration, MicronsPerSecond2 acceleration, NanoradsPerSecond2 turning) {
  Piece& piece = pieces_.back();
  piece.acceleration = acceleration;
  piece.turning = turning;
  End(duration, std::max<MicronsPerSecond>(
                    0, piece.begin.v + Divided(Wide{acceleration} * duration, kSecond)));
  return *this;
}

const Drive::Piece& Drive::PieceAt(Nanos t, Microns& most) const {
  const auto after =
      std::ranges::upper_bound(pieces_, t, {}, [](const Piece& piece) { return piece.begin.t; });
  most = after == pieces_.end() ? INT64_MAX : after->begin.s;
  return after == pieces_.begin() ? *after : *(after - 1);
}

DrivePose Drive::MotionAt(Nanos t) const {
  Microns most = 0;
  DrivePose pose = Within(PieceAt(t, most), t);
  // Rounding may carry a piece a micrometre past its end.
  pose.s = std::min(pose.s, most);
  pose.v = std::max<MicronsPerSecond>(0, pose.v);
  return pose;
}

DrivePose Drive::At(Nanos t) const {
  Microns most = 0;
  const Piece& piece = PieceAt(t, most);
  DrivePose pose = Within(piece, t);
  Place(piece, pose);
  pose.s = std::min(pose.s, most);
  pose.v = std::max<MicronsPerSecond>(0, pose.v);
  return pose;
}

Nanos Drive::TimeAt(Microns s) const {
  if (s <= 0) return 0;
  const auto after =
      std::ranges::lower_bound(pieces_, s, {}, [](const Piece& piece) { return piece.begin.s; });
  const Piece& piece = *(after - 1);
  Nanos low = piece.begin.t;
  Nanos high = 0;
  if (after != pieces_.end()) {
    high = after->begin.t;
  } else {
    if (piece.begin.v == 0) return -1;
    high = low + Divided(Wide{s - piece.begin.s + 2} * kSecond, piece.begin.v) + kSecond;
  }
  while (low < high) {
    const Nanos middle = low + (high - low) / 2;
    if (MotionAt(middle).s < s) {
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

Drive FieldDrive(const FieldDriveOptions& options, Microns length) {
  constexpr Nanos kEnd = INT64_MAX;
  constexpr MicronsPerSecond2 kGain = 1'000'000;
  constexpr NanoradsPerSecond2 kSteer = 50'000'000;
  constexpr Nanos kRound = 20 * kSecond, kSlows = 14 * kSecond;
  constexpr Nanos kQuarter = 15 * kSecond;
  Drive drive(options.speed);
  // Speed and yaw rate go their own ways; a piece ends where either of them changes how it changes.
  const auto towards = [](int64_t from, int64_t to, int64_t rate, Nanos& span) {
    if (from == to || rate <= 0) return int64_t{0};
    span = std::min(span, Divided(Wide{std::abs(to - from)} * kSecond, rate));
    return to > from ? rate : -rate;
  };
  while (true) {
    const DrivePose now = drive.MotionAt(drive.end());
    if (now.s >= length) break;
    const Nanos within = now.t % kRound;
    const bool slow = options.braking > 0 && within >= kSlows;
    const int64_t quarter = now.t / kQuarter % 4;
    const int64_t bend = quarter == 1 ? 1 : quarter == 3 ? -1 : 0;
    Nanos span = kEnd;
    span = std::min(span, (within >= kSlows ? kRound : kSlows) - within);
    span = std::min(span, kQuarter - now.t % kQuarter);
    const MicronsPerSecond2 gains = towards(now.v, slow ? options.speed / 2 : options.speed,
                                            slow ? options.braking : kGain, span);
    const NanoradsPerSecond2 steers = towards(now.yaw_rate, bend * options.yaw_rate, kSteer, span);
    drive.Move(std::max<Nanos>(span, 1), gains, steers);
  }
  return drive;
}

}  // namespace furrow::edge
