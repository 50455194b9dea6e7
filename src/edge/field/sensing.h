// SPDX-License-Identifier: Apache-2.0
// The sensors of a simulated machine and the fuser that makes poses of them.
#pragma once

#include <optional>

#include "edge/field/sensors.h"
#include "edge/pose/fuser.h"

namespace furrow::edge {

/// The faults are those of a working day: a wheel that is a few millimetres smaller than believed,
/// a gyroscope that drifts, ten seconds under trees in every two minutes.
struct SensorOptions {
  OdometerOptions wheel{.scale_ppm = 2'000, .jitter = 100'000};
  GnssOptions gnss{.dropout = 10 * kSecond, .dropout_every = 120 * kSecond};
  ImuOptions imu{.bias = 2'000'000, .walk = 10'000};
  HeightOptions height;
  bool gnss_fitted = true;
};

/// Feeds a fuser in order of arrival. One thread.
class Sensing {
 public:
  Sensing(const Drive& drive, const SensorOptions& options, const FuserOptions& fuser,
          uint64_t seed);

  /// Hands on all that has arrived by `now`.
  void Hear(Nanos now);
  std::optional<Pose> PoseAt(Nanos now) { return fuser_.At(now); }
  /// How much higher than its file says the boom is, in truth.
  Microns TrueLift(Nanos now) const { return height_.TrueAt(now) - boom_height_; }
  const Fuser& fuser() const { return fuser_; }

 private:
  const bool gnss_fitted_;
  const Microns boom_height_;
  Fuser fuser_;
  Odometer wheel_;
  Gnss gnss_;
  Imu imu_;
  HeightSensor height_;
  OdometerSample next_wheel_;
  GnssFix next_fix_;
  ImuSample next_imu_;
  HeightSample next_height_;
};

}  // namespace furrow::edge
