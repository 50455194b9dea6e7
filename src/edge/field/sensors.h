// SPDX-License-Identifier: Apache-2.0
// What a machine's sensors say of a drive, with their errors and failures. Every stream is a
// function of the drive, its options and a seed, in whole numbers (GNSS positions in a turn: see
// Drive), hence the same on every processor. A stream keeps a reference to its drive and is not
// thread-safe. Sane defaults are those of a good machine; zeros give a perfect one.
#pragma once

#include <cstdint>

#include "edge/boom/units.h"
#include "edge/field/drive.h"
#include "edge/pose/samples.h"

namespace furrow::edge {

struct OdometerOptions {
  Nanos period = 10 * kMillisecond;
  Microns pulse = 5'000;            // distance is counted in these; 0 counts micrometres
  int64_t scale_ppm = 0;            // a wheel that is smaller than believed reads too much
  int64_t slip_ppm = 0;             // share of the way not measured while slipping
  int64_t slip_seconds_ppm = 0;     // share of the seconds in which the wheel slips
  Nanos slip_until = INT64_MAX;     // and never after that
  Nanos jitter = 0;                 // standard deviation of the time stamp
  Nanos dead = 0;                   // pulses stop for so long
  Nanos dead_every = 60 * kSecond;  // once, somewhere in each of these
};

/// A wheel that counts pulses.
class Odometer {
 public:
  Odometer(const Drive& drive, const OdometerOptions& options, uint64_t seed);
  /// One sample after another, the first at t = 0, without end.
  OdometerSample Next();

 private:
  const Drive& drive_;
  OdometerOptions options_;
  uint64_t seed_;
  int64_t count_ = 0;
  Microns before_ = 0;    // true distance at the last sample
  int64_t measured_ = 0;  // in picometres, so that rounding does not add up
};

struct GnssOptions {
  Nanos period = 100 * kMillisecond;
  Nanos latency = 60 * kMillisecond;  // from the moment a fix holds for to its arrival
  Microns noise = 20'000;             // standard deviation, along x and y each
  MicronsPerSecond speed_noise = 30'000;
  Nanos dropout = 0;                   // length of one
  Nanos dropout_every = 60 * kSecond;  // one falls somewhere into each of these
  Microns jump = 0;                    // how far positions jump aside
  MicronsPerSecond jump_speed = 0;     // ... and speeds up
  Nanos jump_length = 2 * kSecond;     //
  Nanos jump_every = 60 * kSecond;     //
};

class Gnss {
 public:
  Gnss(const Drive& drive, const GnssOptions& options, uint64_t seed);
  /// One fix after another, the first for t = 0, without end; those of drop-outs are missing.
  /// Positions are on the plane of DrivePose.
  GnssFix Next();

 private:
  const Drive& drive_;
  GnssOptions options_;
  uint64_t seed_;
  int64_t count_ = 0;
};

struct ImuOptions {
  Nanos period = 10 * kMillisecond;
  NanoradsPerSecond noise = 1'000'000;  // standard deviation
  NanoradsPerSecond bias = 0;           // standard deviation of the one drawn for the whole drive
  NanoradsPerSecond walk = 0;           // standard deviation of the bias's step, once a second
};

class Imu {
 public:
  Imu(const Drive& drive, const ImuOptions& options, uint64_t seed);
  /// One sample after another, the first at t = 0, without end.
  ImuSample Next();

 private:
  const Drive& drive_;
  ImuOptions options_;
  uint64_t seed_;
  int64_t count_ = 0;
  int64_t second_ = 0;
  NanoradsPerSecond bias_ = 0;
};

struct HeightOptions {
  Nanos period = 20 * kMillisecond;
  Microns height = 500'000;  // of the boom, about which it swings
  Microns swing = 0;         // to either side, up and down in a triangle
  Nanos swing_period = 3 * kSecond;
  Microns noise = 5'000;  // standard deviation
};

/// An echo sounder that looks down.
class HeightSensor {
 public:
  HeightSensor(const HeightOptions& options, uint64_t seed);
  /// One sample after another, the first at t = 0, without end.
  HeightSample Next();
  /// How high the boom really is.
  Microns TrueAt(Nanos t) const;

 private:
  HeightOptions options_;
  uint64_t seed_;
  int64_t count_ = 0;
};

}  // namespace furrow::edge
