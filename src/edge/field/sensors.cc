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
  const DrivePose pose = drive_.MotionAt(t);
  Draws second(KeyOf(seed_, Purpose::kOdometry, t / kSecond, 1));
  const bool slips = second.Chance(options_.slip_seconds_ppm) && t < options_.slip_until;
  const int64_t slip = slips ? options_.slip_ppm : 0;
  const int64_t factor = (kMillion + options_.scale_ppm) * (kMillion - slip) / kMillion;
  const bool dead = InTrouble(seed_, 3, t, options_.dead, options_.dead_every);
  if (!dead) measured_ += (pose.s - before_) * factor;
  before_ = pose.s;
  const int64_t pulse = std::max<Microns>(1, options_.pulse);
  OdometerSample sample;
  Draws draws(KeyOf(seed_, Purpose::kOdometry, count_, 0));
  sample.t = t + draws.Normal(options_.jitter);
  sample.s = measured_ / kMillion / pulse * pulse;
  sample.v = dead ? 0 : pose.v * factor / kMillion;
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
  // Across the way a speed's noise turns the course; standing still it points anywhere.
  Draws aside(KeyOf(seed_, Purpose::kGnss, count_, 4));
  const int64_t turned = aside.Normal(options_.speed_noise);
  fix.course = pose.heading + turned * kSecond / std::max<MicronsPerSecond>(pose.v, 100'000);
  if (InTrouble(seed_, 2, t, options_.jump_length, options_.jump_every)) {
    fix.x += options_.jump;
    fix.y += options_.jump / 2;
    fix.v += options_.jump_speed;
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
  const ImuSample sample{t, drive_.MotionAt(t).yaw_rate + bias_ + draws.Normal(options_.noise)};
  ++count_;
  return sample;
}

HeightSensor::HeightSensor(const HeightOptions& options, uint64_t seed)
    : options_(options), seed_(seed) {}

Microns HeightSensor::TrueAt(Nanos t) const {
  if (options_.swing == 0) return options_.height;
  const Nanos half = std::max<Nanos>(1, options_.swing_period / 2);
  const Nanos within = t % (2 * half);
  const Nanos up = within < half ? within : 2 * half - within;
  return options_.height - options_.swing +
         static_cast<Microns>(2 * static_cast<__int128>(options_.swing) * up / half);
}

HeightSample HeightSensor::Next() {
  const Nanos t = count_ * options_.period;
  Draws draws(KeyOf(seed_, Purpose::kHeight, count_));
  ++count_;
  return {t, TrueAt(t) + draws.Normal(options_.noise)};
}

}  // namespace furrow::edge
