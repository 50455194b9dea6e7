// SPDX-License-Identifier: Apache-2.0
// A receiver's fixes, judged against one another before anything else believes them.
#pragma once

#include <optional>

#include "edge/pose/past.h"
#include "edge/pose/samples.h"

namespace furrow::edge {

struct CourseState {
  Nanos t = 0;
  int64_t course = 0;  // nanoradians, unwound
};

inline CourseState Between(const CourseState& from, const CourseState& to, Nanos t) {
  const double part = static_cast<double>(t - from.t) / static_cast<double>(to.t - from.t);
  return {t,
          from.course + static_cast<int64_t>(static_cast<double>(to.course - from.course) * part)};
}

enum class FixVerdict : uint8_t {
  kTaken,
  kJumped,    // it is not where the speed says that it must be, or its speed cannot be
  kSettling,  // too soon after a jump
  kUnusable,  // without quality, or not later than the one before
};

/// The way between two fixes has to be what their speeds say; a receiver gets the two in different
/// ways (position from code and carrier phase, speed from Doppler shift; E. Kaplan, C. Hegarty,
/// Understanding GPS/GNSS, 3rd ed., 2017, ch. 5), so that a jump of one shows against the other.
/// After a jump as many as kSettle fixes have to agree before one is believed.
///
/// Speed and its slope are an alpha-beta filter (Benedict and Bordner 1962). One thread; never
/// allocates.
class GnssTrack {
 public:
  /// `speed_sigma`: standard deviation of a fix's speed.
  explicit GnssTrack(MicronsPerSecond speed_sigma)
      : speed_sigma_(static_cast<double>(speed_sigma)) {}

  FixVerdict Add(const GnssFix& fix);

  /// The last fix that was taken; nothing before the first.
  const std::optional<GnssFix>& taken() const { return taken_; }

  /// Micrometres per second at `t`, after the last one taken: speed and slope go on.
  double SpeedAt(Nanos t) const;

  /// How the course has changed over the last second or so, nanoradians per second; nothing when
  /// fixes are missing or the machine is too slow to have a course.
  std::optional<double> YawRate() const;

  static constexpr int kSettle = 5;

 private:
  bool Consistent(const GnssFix& fix) const;
  void Follow(const GnssFix& fix);

  const double speed_sigma_;
  std::optional<GnssFix> last_, taken_;
  int settling_ = 0;
  double v_ = 0, slope_ = 0;
  Past<CourseState, 64> courses_;
};

/// `a - b` on a circle of nanoradians, within half a turn.
int64_t TurnBetween(int64_t a, int64_t b);

}  // namespace furrow::edge
