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

/// Of the centre of the nozzle line.
struct DrivePose {
  Nanos t = 0;
  Microns s = 0;           // path length since t = 0
  MicronsPerSecond v = 0;  // never negative
  NanoradsPerSecond yaw_rate = 0;
  int64_t heading = 0;   // nanoradians to the left of the heading at t = 0
  Microns x = 0, y = 0;  // on the plane; x is s and y is 0 while there is no turn
};

/// Pieces of constant acceleration and constant yaw rate, one after another; from the last on speed
/// and yaw rate hold for ever. Starts at t = 0, s = 0, x = y = 0, heading 0.
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

  /// At a time from 0 on.
  DrivePose At(Nanos t) const;

  /// The first time at which s is reached; -1 when the drive ends standing before it.
  Nanos TimeAt(Microns s) const;

  /// When the last piece that was asked for ends.
  Nanos end() const { return pieces_.back().begin.t; }

 private:
  struct Piece {
    DrivePose begin;
    MicronsPerSecond2 acceleration = 0;
  };

  static DrivePose Within(const Piece& piece, Nanos t);
  void End(Nanos duration, MicronsPerSecond speed);

  std::vector<Piece> pieces_;  // the last has no end
};

/// A drive by name, of about `length`: "constant"; "braking", which halves the speed at 3 m/s2 and
/// takes it up again at 1.5 m/s2 every 40 m; "stops", which stands still for 2 s every 60 m; and
/// "turns", which bends to the left and right with 0.08 rad/s in turn. An error lists the names.
Result<Drive> DriveNamed(std::string_view name, MicronsPerSecond speed, Microns length);

}  // namespace furrow::edge
