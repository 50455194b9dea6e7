// SPDX-License-Identifier: Apache-2.0
// One pose out of wheel, GNSS, IMU and boom height. docs/edge/pose.md says how each is used, what
// happens when one fails, and by how much that may move the pose.
//
//   Fuser fuser({.pulse = 5'000});
//   fuser.OnWheel(sample);                          // as they come, each in order of time
//   if (auto pose = fuser.At(now)) sprayer.OnPose(*pose);  // 100 times a second
//
// Distance is that of the wheel, stretched by a scale that GNSS speed calibrates slowly; nothing
// but the scale ties it to GNSS, so a fix that jumps moves nothing. + - * / and square root in
// double precision: the same poses on every processor.
#pragma once

#include <cstdint>
#include <optional>

#include "edge/pose/gnss_track.h"
#include "edge/pose/marks.h"
#include "edge/pose/pose.h"
#include "edge/pose/samples.h"
#include "edge/pose/scalar_filter.h"
#include "edge/pose/wheel.h"

namespace furrow::edge {

struct FuserOptions {
  Microns pulse = 5'000;                       // what the wheel counts in
  bool gnss = true, imu = true;                // fitted
  bool height = false;                         //
  Nanos hold_max = kSecond;                    // with no source of speed it is held so long
  Microns look_ahead = 1'500'000;              // of the cameras, for Pose::sigma
  Microns boom_height = 500'000;               // of the nozzles, at which the boom's file holds
  MicronsPerSecond gnss_speed_sigma = 30'000;  // standard deviation of a fix's speed
  double scale_sigma = 0.01;                   // of the wheel's scale, before anything is known
};

struct FuserCounters {
  uint64_t samples_refused = 0;  // not later than the one before, of any sensor
  uint64_t fixes = 0;            // taken
  uint64_t fixes_refused = 0;    // jumped, settling, without quality
  uint64_t slips = 0;            // times that the wheel began to slip
  uint64_t wheel_deaths = 0;     // times that it was given up
};

/// One thread. Never allocates.
class Fuser {
 public:
  explicit Fuser(const FuserOptions& options);

  /// Each takes samples in order of their times, as they arrive; what is not later than the one
  /// before is refused and counted.
  void OnWheel(const OdometerSample& sample);
  void OnGnss(const GnssFix& fix);
  void OnImu(const ImuSample& sample);
  void OnHeight(const HeightSample& sample);

  /// The pose at `now`, not before the last sample of the wheel and never going back. Nothing
  /// before the first sample of a speed, and when the last is older than hold_max.
  std::optional<Pose> At(Nanos now);

  /// The ground's way over the wheel's, and its standard deviation.
  double scale() const { return scale_.value(); }
  double scale_sigma() const;
  /// Radians per second that the gyroscope says when nothing turns.
  double gyro_bias() const { return bias_.value(); }
  const FuserCounters& counters() const { return counters_; }

 private:
  enum class Wheel : uint8_t {
    kGood,
    kSuspect,  // its speed fell as no machine can brake: dead, or stopped by something
    kDead,     // GNSS goes on without it
  };
  struct TurnState {
    Nanos t = 0;
    double turned = 0;  // radians by the gyroscope, its bias included
  };
  friend TurnState Between(const TurnState& from, const TurnState& to, Nanos t) {
    const double part = static_cast<double>(t - from.t) / static_cast<double>(to.t - from.t);
    return {t, from.turned + (to.turned - from.turned) * part};
  }

  void Slip(double factor, Nanos at);
  double Stretch() const { return scale_.value() * slip_; }
  void JudgeWheel(const GnssFix& fix);
  void TakeScale(double speed, const WheelState& wheel);
  void TakeBias(const GnssFix& fix);
  bool Standing() const;
  bool WheelSpeaks(Nanos now) const;
  double YawRateAt(Nanos now, uint32_t& flags) const;
  double LiftAt(Nanos now, uint32_t& flags);
  SourceState GnssAt(Nanos now) const;
  double SigmaAt(Nanos now, double v, uint32_t flags) const;

  const FuserOptions options_;
  FuserCounters counters_;

  WheelTrack wheel_;
  Wheel state_ = Wheel::kGood;
  Nanos suspect_since_ = 0;
  Nanos moving_at_ = 0;  // the wheel's last sample that was not zero
  ScalarFilter scale_;
  double slip_ = 1;  // the ground's way over that of the calibrated wheel
  bool slipping_ = false;
  Nanos slips_since_ = 0, slipped_at_ = INT64_MIN / 2;
  Nanos stepped_at_ = INT64_MIN / 2;  // when its grip last changed at once
  int beyond_ = 0, agreed_ = 0;       // fixes in a row; beyond_ has the sign of what is off

  GnssTrack gnss_;
  Nanos jumped_at_ = INT64_MIN / 2, calibrated_at_ = INT64_MIN / 2;

  Past<TurnState, 512> turned_;
  double yaw_rate_ = 0;  // radians per second, smoothed, the bias included
  ScalarFilter bias_;
  Nanos bias_at_ = 0;
  std::optional<GnssFix> bearing_;  // since when the gyroscope is compared with the course

  std::optional<HeightSample> height_;
  double lift_ = 0;
  Nanos lift_at_ = 0;
  int height_off_ = 0;

  // Micrometres of the ground. While the wheel leads, this is at its last sample; otherwise at the
  // last pose.
  bool begun_ = false, wheel_led_ = false;
  Nanos ground_t_ = 0, known_at_ = 0;
  double ground_s_ = 0, ground_v_ = 0;
  double led_s_ = 0, led_wheel_ = 0;  // where the wheel last led, on the ground and by its count
  double told_s_ = 0;
};

}  // namespace furrow::edge
