// SPDX-License-Identifier: Apache-2.0
#include "edge/pose/gnss_track.h"

#include <algorithm>
#include <cmath>

#include "edge/boom/sine.h"

namespace furrow::edge {
namespace {

/// Between two fixes farther apart nothing can be compared.
constexpr Nanos kApart = kSecond;
/// Micrometres per second squared that no machine has.
constexpr double kJerk = 15e6;
/// Slower than this a course is noise.
constexpr MicronsPerSecond kHasCourse = 1'500'000;

/// Micrometres, of a position against the one before, by FixQuality.
constexpr double kPositionSigma[] = {0, 100'000, 60'000, 60'000, 20'000};

}  // namespace

int64_t TurnBetween(int64_t a, int64_t b) {
  constexpr auto kTurn = static_cast<int64_t>(2 * kPi * 1e9);
  int64_t turn = (a - b) % kTurn;
  if (turn > kTurn / 2) turn -= kTurn;
  if (turn < -kTurn / 2) turn += kTurn;
  return turn;
}

bool GnssTrack::Consistent(const GnssFix& fix) const {
  const double dt = FromBillionths(fix.t - last_->t);
  const auto before = static_cast<double>(last_->v), v = static_cast<double>(fix.v);
  const double change = v < before ? before - v : v - before;
  if (change > kJerk * dt + 6 * speed_sigma_) return false;
  const auto dx = static_cast<double>(fix.x - last_->x), dy = static_cast<double>(fix.y - last_->y);
  const double off = std::sqrt(dx * dx + dy * dy) - (before + v) / 2 * dt;
  const double sigma =
      kPositionSigma[static_cast<int>(std::min(fix.quality, last_->quality))] * 1.5 +
      speed_sigma_ * dt;
  return off <= 4 * sigma && off >= -4 * sigma;
}

void GnssTrack::Follow(const GnssFix& fix) {
  constexpr double kAlpha = 0.6, kBeta = 0.25;
  const double dt = taken_ ? FromBillionths(fix.t - taken_->t) : 1;
  if (dt > 0.5) {
    v_ = static_cast<double>(fix.v);
    slope_ = 0;
    return;
  }
  const double off = static_cast<double>(fix.v) - (v_ + slope_ * dt);
  v_ += slope_ * dt + kAlpha * off;
  slope_ += kBeta * off / dt;
}

FixVerdict GnssTrack::Add(const GnssFix& fix) {
  if (fix.quality == FixQuality::kNone || (last_ && fix.t <= last_->t)) {
    return FixVerdict::kUnusable;
  }
  const bool alone = !last_ || fix.t - last_->t > kApart;
  const bool good = alone || Consistent(fix);
  last_ = fix;
  if (!good) {
    settling_ = kSettle;
    return FixVerdict::kJumped;
  }
  if (alone) settling_ = std::max(settling_, 1);  // it has nobody to agree with
  if (settling_ > 0) {
    --settling_;
    return FixVerdict::kSettling;
  }
  Follow(fix);
  if (fix.v < kHasCourse || (taken_ && fix.t - taken_->t > kApart)) courses_.Clear();
  if (fix.v >= kHasCourse) {
    const int64_t before = courses_.empty() ? fix.course : courses_.Newest().course;
    courses_.Add({fix.t, before + TurnBetween(fix.course, before)});
  }
  taken_ = fix;
  return FixVerdict::kTaken;
}

double GnssTrack::SpeedAt(Nanos t) const {
  return std::max(0.0, v_ + slope_ * FromBillionths(t - taken_->t));
}

std::optional<double> GnssTrack::YawRate() const {
  if (courses_.empty()) return std::nullopt;
  const CourseState& now = courses_.Newest();
  const auto before = courses_.At(now.t - kSecond);
  if (!before) return std::nullopt;
  return static_cast<double>(now.course - before->course);
}

}  // namespace furrow::edge
