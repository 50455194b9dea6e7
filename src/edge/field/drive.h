// SPDX-License-Identifier: Apache-2.0
// A drive over a field, known exactly: the truth that sensors report with their errors.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/boom/units.h"

namespace furrow::edge {

/// Micrometres per second squared.
using MicronsPerSecond2 = int64_t;
/// Nanoradians per second squared.
using NanoradsPerSecond2 = int64_t;

/// Of the centre of the nozzle line.
struct DrivePose {
  Nanos t = 0;
  Microns s = 0;           // path length since t = 0
  MicronsPerSecond v = 0;  // never negative
  NanoradsPerSecond yaw_rate = 0;
  int64_t heading = 0;   // nanoradians to the left of the heading at t = 0
  Microns x = 0, y = 0;  // on the plane; x is s and y is 0 while there is no turn
};

/// Pieces of constant acceleration of the speed and of the yaw rate, one after another; from the
/// last on both hold for ever. Starts at t = 0, s = 0, x = y = 0, heading 0.
///
/// s, v and heading are computed in whole numbers and rounded once: within a micrometre, and a
/// nanoradian, for each piece. x and y are an integral that is good to a micrometre, by + - * /
/// alone. So all are the same on every processor. Building is not thread-safe; asking is.
class Drive {
 public:
  explicit Drive(MicronsPerSecond speed);

  /// Goes on like this for a time.
  Drive& Hold(Nanos duration);
  /// Speeds up or slows down to `speed` at this rate, which is positive either way.
  Drive& Change(MicronsPerSecond speed, MicronsPerSecond2 rate);
  /// Turns at this rate from here on; 0 goes straight.
  Drive& Turn(NanoradsPerSecond yaw_rate);

  /// Speeds up and turns more and more at these rates, for a time that ends before the speed falls
  /// below 0.
  Drive& Move(Nanos duration, MicronsPerSecond2 acceleration, NanoradsPerSecond2 turning);

  /// At a time from 0 on.
  DrivePose At(Nanos t) const;

  /// The same but for x and y, which are those of an earlier time: many times as quick.
  DrivePose MotionAt(Nanos t) const;

  /// The first time at which s is reached; -1 when the drive ends standing before it.
  Nanos TimeAt(Microns s) const;

  /// When the last piece that was asked for ends.
  Nanos end() const { return pieces_.back().begin.t; }

 private:
  struct Piece {
    DrivePose begin;
    MicronsPerSecond2 acceleration = 0;
    NanoradsPerSecond2 turning = 0;
  };

  static DrivePose Within(const Piece& piece, Nanos t);
  static void Place(const Piece& piece, DrivePose& pose);
  const Piece& PieceAt(Nanos t, Microns& most) const;
  void End(Nanos duration, MicronsPerSecond speed);

  std::vector<Piece> pieces_;  // the last has no end
};

/// Of a drive that ends when the machine is stopped.
constexpr Microns kEndlessDrive = 100'000 * kMetre;

/// A drive by name, of about `length`: "constant"; "braking", which halves the speed at 3 m/s2 and
/// takes it up again at 1.5 m/s2 every 40 m; "stops", which stands still for 2 s every 60 m; and
/// "turns", which bends to the left and right with 0.08 rad/s in turn. An error lists the names.
Result<Drive> DriveNamed(std::string_view name, MicronsPerSecond speed, Microns length);

struct FieldDriveOptions {
  MicronsPerSecond speed = 6 * kMetre;
  MicronsPerSecond2 braking = 2 * kMetre;   // down to half the speed once in 20 s; 0: never
  NanoradsPerSecond yaw_rate = 50'000'000;  // in bends to both sides, half of the time; 0: none
};

/// A drive as on a field, at least `length` long: it brakes at 14 s of every 20 s, and from 20 s on
/// takes up its speed again at 1 m/s2; from 15 s of every minute it bends to the left for 15 s,
/// from 45 s on to the right, and steers into and out of a bend at 0.05 rad/s2.
Drive FieldDrive(const FieldDriveOptions& options, Microns length);

}  // namespace furrow::edge
