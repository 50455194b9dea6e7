// SPDX-License-Identifier: Apache-2.0
// From a receiver's time to the clock that stamps frames.
#pragma once

#include <algorithm>
#include <optional>

#include "edge/boom/units.h"

namespace furrow::edge {

/// A sentence arrives a while after the moment it holds for: the receiver's computing and the line,
/// which take about the same each time, and waiting, which does not. The least of arrival - UTC so
/// far is therefore the best (S. Moon, P. Skelly, D. Towsley, Estimation and removal of clock skew
/// from network delay measurements, INFOCOM 1999); it is let rise by 50 ppm, more than two clocks
/// drift apart. What is always there cannot be told from the times alone and is a setting.
///
/// Neither clock's reading matters, only its progress. When they come apart by more than a second
/// (the receiver has learnt the date, or was off) it begins anew. One thread.
class FixClock {
 public:
  /// `latency`: of the quickest sentence.
  explicit FixClock(Nanos latency) : latency_(latency) {}

  /// The moment at which `utc` was, given that its sentence came at `arrival`; never after that.
  Nanos At(Nanos utc, Nanos arrival) {
    const Nanos offset = arrival - utc;
    if (!least_ || offset - *least_ > kSecond || *least_ - offset > kSecond) {
      least_ = offset;
    } else {
      const Nanos risen = *least_ + std::max<Nanos>(0, arrival - arrived_) / 20'000;
      least_ = std::min(risen, offset);
    }
    arrived_ = arrival;
    return utc + *least_ - latency_;
  }

 private:
  const Nanos latency_;
  std::optional<Nanos> least_;
  Nanos arrived_ = 0;
};

}  // namespace furrow::edge
