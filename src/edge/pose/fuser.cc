// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/fuser.h"

#include <algorithm>
#include <cmath>

namespace furrow::edge {
namespace {

/// A wheel or a gyroscope that says nothing for longer is silent.
constexpr Nanos kSilent = 50 * kMillisecond;
/// A yaw rate is held so long; a turn does not begin or end at once.
constexpr Nanos kTurnHeld = 200 * kMillisecond;
/// A height is good, and held, so long.
constexpr Nanos kHeightGood = 300 * kMillisecond;
/// Without fixes for longer the wheel's scale is held, and later no longer certain.
constexpr Nanos kGnssGood = kSecond, kScaleHeld = 30 * kSecond;
/// A fix that is older no longer measures the present speed.
constexpr Nanos kFixFresh = 300 * kMillisecond;
constexpr Nanos kJumpMarked = 2 * kSecond;
/// A slip is believed in so long without a fix; so long after the wheel's own step.
constexpr Nanos kSlipAsked = 2 * kSecond, kSlipStepped = 10 * kSecond;
constexpr Nanos kSlipLongest = 5 * kSecond, kSlippery = 60 * kSecond;
constexpr Nanos kStanding = 500 * kMillisecond;

/// Micrometres per second (squared). Nothing that rolls brakes like kStop.
constexpr double kWalking = 1e6, kCreeping = 0.3e6, kStop = 10e6;
constexpr double kGate = 3;              // standard deviations
constexpr double kSlipLeast = 0.015;     // of the speed: less is left to the scale
constexpr double kGripStep = 0.03;       // of the speed: less may be a pulse more or less
constexpr int kBelieved = 2, kOver = 3;  // fixes in a row to believe in a slip, and in its end
constexpr double kScaleOff = 0.1;        // of a wheel's scale, at most
/// Variance that the scale gains on a metre: tyres warm up, soils change.
constexpr double kScaleDrift = 1e-10;
/// Radians per second: a gyroscope's noise, and what its bias gains in a second, as variance.
constexpr double kGyroNoise = 2e-3, kBiasDrift = 1e-10, kBiasSigma = 1e-2;
/// A yaw rate is smoothed over about three samples, and lags behind by as much.
constexpr double kTurnGain = 0.3;
constexpr Nanos kBearingOver = 2 * kSecond;

double Seconds(Nanos span) { return FromBillionths(span); }

}  // namespace

Fuser::Fuser(const FuserOptions& options)
    : options_(options),
      wheel_(options.pulse),
      scale_(1, options.scale_sigma * options.scale_sigma),
      gnss_(options.gnss_speed_sigma),
      bias_(0, kBiasSigma * kBiasSigma) {}

double Fuser::scale_sigma() const { return std::sqrt(scale_.variance()); }

bool Fuser::Standing() const {
  if (wheel_.empty() || state_ != Wheel::kGood || wheel_.newest().v > 0) return false;
  const bool creeps = gnss_.taken() && static_cast<double>(gnss_.taken()->v) > kCreeping;
  return !creeps && wheel_.newest().t - moving_at_ >= kStanding;
}

bool Fuser::WheelSpeaks(Nanos now) const {
  return !wheel_.empty() && state_ == Wheel::kGood && now - wheel_.newest().t <= kSilent;
}

void Fuser::OnWheel(const OdometerSample& sample) {
  const WheelState before = wheel_.empty() ? WheelState{} : wheel_.newest();
  const bool first = wheel_.empty();
  if (!wheel_.Add(sample)) {
    ++counters_.samples_refused;
    return;
  }
  const WheelState& after = wheel_.newest();
  if (first || after.v > 0) moving_at_ = after.t;
  const double fell = before.v - after.v;
  if (state_ == Wheel::kGood && before.v > kWalking && after.v < before.v / 2 &&
      fell > kStop * Seconds(after.t - before.t)) {
    state_ = Wheel::kSuspect;
    suspect_since_ = after.t;
    beyond_ = agreed_ = 0;
  } else if (state_ == Wheel::kGood && wheel_led_ && before.v > kWalking && after.v > kCreeping &&
             (fell < 0 ? -fell : fell) >
                 kStop * Seconds(after.t - before.t) + kGripStep * before.v) {
    // The machine goes on as before; what changed is the wheel's grip.
    Slip(slip_ * before.v / after.v, after.t);
    stepped_at_ = after.t;
    beyond_ = agreed_ = 0;
  } else if (state_ == Wheel::kSuspect &&
             (after.v * Stretch() > ground_v_ / 2 ||
              (after.v > kCreeping && after.t - suspect_since_ > options_.hold_max))) {
    state_ = Wheel::kGood;
  } else if (state_ == Wheel::kDead && after.v > kCreeping &&
             GnssAt(after.t) != SourceState::kGood) {
    // It turns, and there is nothing better to believe.
    state_ = Wheel::kGood;
  }
  if (state_ != Wheel::kGood) {
    wheel_led_ = false;
    return;
  }
  if (begun_ && wheel_led_) {
    // Also after a silence: pulses that came late are the way all the same.
    ground_s_ = led_s_ + (after.s - led_wheel_) * Stretch();
  } else if (begun_ && after.t > ground_t_ && after.t - ground_t_ <= options_.hold_max) {
    ground_s_ += ground_v_ * Seconds(after.t - ground_t_);
  }
  begun_ = wheel_led_ = true;
  ground_t_ = known_at_ = after.t;
  ground_v_ = after.v * Stretch();
  led_s_ = ground_s_;
  led_wheel_ = after.s;
}

void Fuser::Slip(double factor, Nanos at) {
  slip_ = std::clamp(factor, 0.2, 3.0);
  const bool slips = slip_ > 1 + kSlipLeast / 2 || slip_ < 1 - kSlipLeast / 2;
  if (slips && !slipping_) {
    ++counters_.slips;
    slips_since_ = at;
  }
  if (slips) slipped_at_ = at;
  slipping_ = slips;
  if (!slips) slip_ = 1;
}

void Fuser::OnGnss(const GnssFix& fix) {
  switch (gnss_.Add(fix)) {
    case FixVerdict::kUnusable:
      ++counters_.fixes_refused;
      return;
    case FixVerdict::kJumped:
      jumped_at_ = fix.t;
      [[fallthrough]];
    case FixVerdict::kSettling:
      ++counters_.fixes_refused;
      beyond_ = 0;
      bearing_.reset();
      return;
    case FixVerdict::kTaken:
      break;
  }
  ++counters_.fixes;
  JudgeWheel(fix);
  TakeBias(fix);
}

void Fuser::JudgeWheel(const GnssFix& fix) {
  const std::optional<WheelState> wheel = wheel_.At(fix.t);
  if (!wheel) return;
  const auto v = static_cast<double>(fix.v);
  if (state_ == Wheel::kSuspect) {
    if (fix.t <= suspect_since_) return;
    const bool stopped = v < std::max(ground_v_ / 2, kCreeping);
    state_ = stopped ? Wheel::kGood : Wheel::kDead;
    counters_.wheel_deaths += stopped ? 0 : 1;
    return;
  }
  if (fix.t <= stepped_at_) return;  // from before its grip changed
  const std::optional<WheelState> earlier = wheel_.At(fix.t - 200 * kMillisecond);
  const double change = earlier ? (wheel->v - earlier->v) / 0.2 : 0;
  const double expected = scale_.value() * wheel->v;
  const double noise = static_cast<double>(options_.gnss_speed_sigma);
  const double sigma = std::sqrt(scale_.Innovation(wheel->v, noise * noise));
  // While the speed changes, an error of the fix's time is one of its speed: 50 ms are allowed for.
  const double allowed =
      std::max(kGate * sigma, kSlipLeast * v) + 0.05 * (change < 0 ? -change : change);
  const double off = v - expected;
  if (off <= allowed && off >= -allowed) {
    beyond_ = 0;
    if (state_ == Wheel::kDead || slipping_) {
      agreed_ += wheel->v > kCreeping ? 1 : 0;
      if (agreed_ < kOver) return;
      state_ = Wheel::kGood;
      Slip(1, fix.t);
    } else if (change < 0.5e6 && change > -0.5e6) {
      TakeScale(v, *wheel);
    }
    return;
  }
  agreed_ = 0;
  if (state_ == Wheel::kDead) return;
  const int side = off > 0 ? 1 : -1;
  beyond_ = beyond_ * side > 0 ? beyond_ + side : side;
  if (beyond_ * side < kBelieved) return;
  if (expected < v / 5) {
    state_ = Wheel::kDead;
    Slip(1, fix.t);
    wheel_led_ = false;
    ++counters_.wheel_deaths;
    return;
  }
  const double ratio = v / std::max(expected, kCreeping);
  Slip(slipping_ ? slip_ + (ratio - slip_) / 2 : ratio, fix.t);
  const bool small = slip_ < 1 + kScaleOff && slip_ > 1 - kScaleOff;
  if (slipping_ && small && fix.t - slips_since_ > kSlipLongest) {
    // Nothing slips so evenly for so long: it is the scale that was learnt wrong.
    scale_ = ScalarFilter(std::clamp(scale_.value() * slip_, 1 - kScaleOff, 1 + kScaleOff),
                          options_.scale_sigma * options_.scale_sigma);
    Slip(1, fix.t);
  }
}

void Fuser::TakeScale(double speed, const WheelState& wheel) {
  if (wheel.v < kWalking) return;
  const double noise = static_cast<double>(options_.gnss_speed_sigma);
  const Nanos since = std::clamp<Nanos>(wheel.t - calibrated_at_, 0, 10 * kSecond);
  scale_.Drift(kScaleDrift * wheel.v / 1e6 * Seconds(since));
  if (!scale_.Take(speed, wheel.v, noise * noise, kGate)) return;
  calibrated_at_ = wheel.t;
  if (scale_.value() > 1 + kScaleOff || scale_.value() < 1 - kScaleOff) {
    scale_ =
        ScalarFilter(std::clamp(scale_.value(), 1 - kScaleOff, 1 + kScaleOff), scale_.variance());
  }
}

void Fuser::OnImu(const ImuSample& sample) {
  const double rate = FromBillionths(sample.yaw_rate);
  TurnState next{sample.t, 0};
  bool follows = false;
  if (!turned_.empty()) {
    const TurnState& last = turned_.Newest();
    follows = sample.t - last.t <= kSilent;
    next.turned = last.turned + rate * Seconds(sample.t - last.t);
  }
  if (!turned_.Add(next)) {
    ++counters_.samples_refused;
    return;
  }
  // A nozzle 18 m out feels each milliradian per second of noise as 18 mm/s.
  yaw_rate_ = follows ? yaw_rate_ + kTurnGain * (rate - yaw_rate_) : rate;
  if (!Standing()) return;
  // What it says now is its bias (P. Groves, Principles of GNSS, Inertial, and Multisensor
  // Integrated Navigation Systems, 2nd ed., 2013, section 15.3: zero angular rate).
  bias_.Drift(kBiasDrift * Seconds(std::clamp<Nanos>(sample.t - bias_at_, 0, kSecond)));
  bias_at_ = sample.t;
  bias_.Take(rate, 1, kGyroNoise * kGyroNoise, 2 * kGate);
}

void Fuser::TakeBias(const GnssFix& fix) {
  if (static_cast<double>(fix.v) < 1.5 * kWalking) {
    bearing_.reset();
    return;
  }
  if (!bearing_ || fix.t - bearing_->t > 2 * kBearingOver) {
    bearing_ = fix;
    return;
  }
  if (fix.t - bearing_->t < kBearingOver) return;
  const auto from = turned_.At(bearing_->t), to = turned_.At(fix.t);
  const double seconds = Seconds(fix.t - bearing_->t);
  const double course = FromBillionths(TurnBetween(fix.course, bearing_->course));
  // Across the way a speed's noise is a course's.
  const double noise = 1.5 * static_cast<double>(options_.gnss_speed_sigma) /
                       static_cast<double>(std::min(fix.v, bearing_->v)) / seconds;
  bearing_ = fix;
  if (!from || !to) return;
  bias_.Drift(kBiasDrift * seconds);
  bias_at_ = fix.t;
  bias_.Take((to->turned - from->turned - course) / seconds, 1, noise * noise, kGate);
}

void Fuser::OnHeight(const HeightSample& sample) {
  if (height_ && sample.t <= height_->t) {
    ++counters_.samples_refused;
    return;
  }
  const auto lift = static_cast<double>(sample.height - options_.boom_height);
  const bool silent = !height_ || sample.t - height_->t > options_.hold_max;
  height_ = sample;
  // An echo of a leaf or a stone is one that the next does not repeat.
  const double off = lift - lift_;
  height_off_ = off > 150'000 || off < -150'000 ? height_off_ + 1 : 0;
  if (height_off_ > 0 && height_off_ < kOver && !silent) return;
  height_off_ = 0;
  lift_ += silent ? off : off / 2;
  lift_at_ = sample.t;
}

SourceState Fuser::GnssAt(Nanos now) const {
  if (!options_.gnss) return SourceState::kGood;
  if (!gnss_.taken()) return SourceState::kLost;
  if (now - jumped_at_ < kJumpMarked) return SourceState::kDegraded;
  const Nanos age = now - gnss_.taken()->t;
  return age <= kGnssGood    ? SourceState::kGood
         : age <= kScaleHeld ? SourceState::kHeld
                             : SourceState::kDegraded;
}

double Fuser::YawRateAt(Nanos now, uint32_t& flags) const {
  if (!turned_.empty()) {
    const Nanos age = now - turned_.Newest().t;
    if (age > kSilent) flags |= MarkOf(Source::kImu, SourceState::kHeld);
    if (age <= kTurnHeld) return (yaw_rate_ - bias_.value()) * 1e9;
    flags &= ~MarkOf(Source::kImu, SourceState::kLost);
  }
  const std::optional<double> turning = gnss_.YawRate();
  const bool known = turning && now - gnss_.taken()->t <= kGnssGood / 2;
  if (options_.imu) {
    flags |= MarkOf(Source::kImu, known ? SourceState::kDegraded : SourceState::kLost);
  }
  return known ? *turning : 0;
}

double Fuser::LiftAt(Nanos now, uint32_t& flags) {
  if (!height_) {
    if (options_.height) flags |= MarkOf(Source::kHeight, SourceState::kLost);
    return 0;
  }
  const Nanos age = now - lift_at_;
  if (age <= kHeightGood) return lift_;
  if (age <= options_.hold_max) {
    flags |= MarkOf(Source::kHeight, SourceState::kHeld);
    return lift_;
  }
  // Back to the file's height at 0.2 m/s: a jump would make two weeds of one.
  flags |= MarkOf(Source::kHeight, SourceState::kDegraded);
  const double back = 200'000 * Seconds(age - options_.hold_max);
  return lift_ > 0 ? std::max(0.0, lift_ - back) : std::min(0.0, lift_ + back);
}

double Fuser::SigmaAt(Nanos now, double v, uint32_t flags) const {
  const auto ahead = static_cast<double>(options_.look_ahead);
  const double speed = std::max(v, kCreeping), seconds = ahead / speed;
  const auto pulse = static_cast<double>(options_.pulse);
  // Half a millisecond of time stamps; the speed may change by 1 m/s2 unknown.
  double sum = speed * 5e-4 * (speed * 5e-4) + pulse * pulse / 12;
  if (WheelSpeaks(now)) {
    // What is left of a slip that was found; one that is about to be, where there were others; one
    // too small to be found.
    const double slip = slipping_ ? 0.05 : now - slipped_at_ < kSlippery ? 0.015 : 0.003;
    const double old =
        options_.gnss
            ? std::min(0.02, 0.0002 * Seconds(std::min(now - calibrated_at_, 100 * kSecond)))
            : 0;
    sum += ahead * ahead * (scale_.variance() + slip * slip + old * old);
  } else {
    const bool by_gnss = (flags & kSpeedHeld) == 0;
    const double noise = by_gnss ? static_cast<double>(options_.gnss_speed_sigma) : 0;
    const double changed = (by_gnss ? 1e6 : 2e6) * (Seconds(now - known_at_) + 0.05);
    sum += seconds * seconds * (noise * noise + changed * changed);
  }
  return std::sqrt(sum);
}

std::optional<Pose> Fuser::At(Nanos now) {
  uint32_t flags = MarkOf(Source::kGnss, GnssAt(now));
  double s = ground_s_, v = 0;
  if (slipping_) {
    // Who cannot be asked any more whether it still slips is taken not to.
    const bool asked = gnss_.taken() && now - gnss_.taken()->t <= kSlipAsked;
    if (!asked && now - stepped_at_ > kSlipStepped) {
      Slip(1, now);
    } else {
      flags |= kWheelSlips | MarkOf(Source::kWheel, SourceState::kDegraded);
    }
  }
  if (WheelSpeaks(now)) {
    v = ground_v_;
    s += v * Seconds(now - ground_t_);
  } else {
    const bool fixes = gnss_.taken() && now - gnss_.taken()->t <= options_.hold_max;
    if (state_ != Wheel::kSuspect && fixes) {
      v = gnss_.SpeedAt(now);
      known_at_ = std::max(known_at_, gnss_.taken()->t);
      flags |= MarkOf(Source::kWheel, SourceState::kDegraded);
      if (now - gnss_.taken()->t > kFixFresh) flags |= kSpeedHeld;
    } else {
      if (!begun_ || now - known_at_ > options_.hold_max) return std::nullopt;
      v = ground_v_;
      flags |= kSpeedHeld |
               MarkOf(Source::kWheel,
                      fixes || state_ == Wheel::kSuspect ? SourceState::kHeld : SourceState::kLost);
    }
    const Nanos span = now - ground_t_;
    if (begun_ && span > 0 && span <= options_.hold_max) ground_s_ += v * Seconds(span);
    begun_ = true;
    ground_t_ = now;
    ground_v_ = v;
    s = ground_s_;
  }
  told_s_ = std::max(told_s_, s);
  Pose pose;
  pose.t = now;
  pose.s = static_cast<Microns>(told_s_ + 0.5);
  pose.v = static_cast<MicronsPerSecond>(v + 0.5);
  const double yaw_rate = YawRateAt(now, flags);
  pose.yaw_rate = static_cast<NanoradsPerSecond>(yaw_rate + (yaw_rate < 0 ? -0.5 : 0.5));
  const double lift = LiftAt(now, flags);
  pose.lift = static_cast<Microns>(lift + (lift < 0 ? -0.5 : 0.5));
  pose.sigma = static_cast<Microns>(SigmaAt(now, v, flags) + 0.5);
  pose.flags = flags;
  return pose;
}

}  // namespace furrow::edge
