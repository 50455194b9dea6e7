// SPDX-License-Identifier: Apache-2.0
#include "edge/field/sensors.h"

#include <algorithm>

#include "edge/field/random.h"

namespace furrow::edge {
namespace {

constexpr int64_t kMillion = 1'000'000;

/// Whether `t` lies in the span of this length that falls by chance into each `every`. `key` tells
/// one kind of trouble from another.
bool InTrouble(uint64_t seed, int64_t key, Nanos t, Nanos length, Nanos every) {
  if (length <= 0 || every <= 0) return false;
  const int64_t round = t / every;
  const Nanos room = std::max<Nanos>(0, every - length);
  // Milliseconds are fine enough, and fit the generator's range.
  Draws draws(KeyOf(seed, Purpose::kGnss, round, key));
  const Nanos begin = round * every + draws.Below(room / kMillisecond + 1) * kMillisecond;
  return t >= begin && t < begin + length;
}

}  // namespace

Odometer::Odometer(const Drive& drive, const OdometerOptions& options, uint64_t seed)
    : drive_(drive), options_(options), seed_(seed) {}

OdometerSample Odometer::Next() {
  const Nanos t = count_ * options_.period;
  const DrivePose pose = drive_.At(t);
  Draws second(KeyOf(seed_, Purpose::kOdometry, t / kSecond, 1));
  const int64_t slip = second.Chance(options_.slip_seconds_ppm) ? options_.slip_ppm : 0;
  const int64_t factor = (kMillion + options_.scale_ppm) * (kMillion - slip) / kMillion;
  measured_ += (pose.s - before_) * factor;
  before_ = pose.s;
  const int64_t pulse = std::max<Microns>(1, options_.pulse);
  OdometerSample sample;
  Draws draws(KeyOf(seed_, Purpose::kOdometry, count_, 0));
  sample.t = t + draws.Normal(options_.jitter);
  sample.s = measured_ / kMillion / pulse * pulse;
  sample.v = pose.v * factor / kMillion;
  ++count_;
  return sample;
}

Gnss::Gnss(const Drive& drive, const GnssOptions& options, uint64_t seed)
    : drive_(drive), options_(options), seed_(seed) {
  // A drop-out without end would have no next fix.
  options_.dropout = std::min(options_.dropout, options_.dropout_every / 2);
}

GnssFix Gnss::Next() {
  Nanos t = count_ * options_.period;
  while (InTrouble(seed_, 1, t, options_.dropout, options_.dropout_every)) {
    t = ++count_ * options_.period;
  }
  const DrivePose pose = drive_.At(t);
  Draws draws(KeyOf(seed_, Purpose::kGnss, count_, 0));
  GnssFix fix;
  fix.t = t;
  fix.arrival = t + options_.latency;
  fix.x = pose.x + draws.Normal(options_.noise);
  fix.y = pose.y + draws.Normal(options_.noise);
  fix.v = std::max<MicronsPerSecond>(0, pose.v + draws.Normal(options_.speed_noise));
  if (InTrouble(seed_, 2, t, options_.jump_length, options_.jump_every)) {
    fix.x += options_.jump;
    fix.y += options_.jump / 2;
  }
  ++count_;
  return fix;
}

Imu::Imu(const Drive& drive, const ImuOptions& options, uint64_t seed)
    : drive_(drive), options_(options), seed_(seed) {
  Draws draws(KeyOf(seed, Purpose::kImu, -1));
  bias_ = draws.Normal(options.bias);
}

ImuSample Imu::Next() {
  const Nanos t = count_ * options_.period;
  for (; second_ < t / kSecond; ++second_) {
    Draws draws(KeyOf(seed_, Purpose::kImu, second_, 1));
    bias_ += draws.Normal(options_.walk);
  }
  Draws draws(KeyOf(seed_, Purpose::kImu, count_, 0));
  const ImuSample sample{t, drive_.At(t).yaw_rate + bias_ + draws.Normal(options_.noise)};
  ++count_;
  return sample;
}

}  // namespace furrow::edge
