// SPDX-License-Identifier: Apache-2.0
// When a camera that is not one takes its frames.
#pragma once

#include <cstdint>

#include "edge/boom/clock.h"

namespace furrow::edge {

/// Moments at equal distances. One that its user comes too late for by more than a distance is left
/// out, as a camera would.
class Pace {
 public:
  Pace(Nanos first, Nanos period) : period_(period), next_(first) {}
  Pace() : Pace(0, kSecond) {}

  /// Sleeps until the next moment, but not longer than `most`: false when it has not come then.
  bool Await(Nanos most) {
    const Nanos now = MonotonicNow();
    if (next_ < now - period_) SkipTo(now - period_ + 1);
    return Wait(most);
  }

  /// The same, leaving out nothing.
  bool Wait(Nanos most) {
    const Nanos now = MonotonicNow();
    if (next_ > now + most) {
      SleepUntil(now + most);
      return false;
    }
    SleepUntil(next_);
    at_ = next_;
    at_number_ = number_++;
    next_ += period_;
    return true;
  }

  /// Leaves out the moments before `from`.
  void SkipTo(Nanos from) {
    if (next_ >= from) return;
    const int64_t missed = (from - next_ + period_ - 1) / period_;
    next_ += missed * period_;
    number_ += static_cast<uint64_t>(missed);
  }

  Nanos next() const { return next_; }  // the moment to come
  uint64_t next_number() const { return number_; }
  Nanos at() const { return at_; }                // the moment that came
  uint64_t number() const { return at_number_; }  // and how many went before it

 private:
  Nanos period_;
  Nanos next_, at_ = 0;
  uint64_t number_ = 0, at_number_ = 0;
};

}  // namespace furrow::edge
