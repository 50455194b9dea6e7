// SPDX-License-Identifier: Apache-2.0
// What the controller at the valves has to do with the frames of can_frame.h. It is written as such
// a controller would have it, without an operating system or an allocation, so that it can be taken
// over; here it is what the sender is tested against.
#pragma once

#include <cstdint>

#include "edge/actuate/can_frame.h"
#include "edge/boom/units.h"

namespace furrow::edge {

/// One bank. One thread. `now` is the controller's own clock, in nanoseconds, and must not go back.
class CanValveEcu {
 public:
  /// A frame came. One with the sequence of the frame before is an old one again (a full buffer, a
  /// repeating gateway) and renews nothing.
  void Take(const CanValveFrame& frame, Nanos now) noexcept;

  /// Which valves are to be open, by bit, at `now`. To be asked at least every millisecond.
  ///
  /// When the lease has run out, and at the start, all are closed until a frame has come that
  /// closes all: so frames that waited in a queue while the bus was down cannot open anything.
  uint64_t Open(Nanos now) noexcept;

  uint64_t lapses() const noexcept { return lapses_; }
  /// Frames that never came, by the gaps of their sequence.
  uint64_t lost() const noexcept { return lost_; }

 private:
  uint64_t open_ = 0;
  Nanos until_ = 0;
  bool armed_ = false;  // a frame that closed all has come since the start or the last lapse
  bool heard_ = false;
  uint8_t sequence_ = 0;
  uint64_t lapses_ = 0, lost_ = 0;
};

}  // namespace furrow::edge
