// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/can_ecu.h"

namespace furrow::edge {

void CanValveEcu::Take(const CanValveFrame& frame, Nanos now) noexcept {
  Open(now);
  const auto step = static_cast<uint8_t>(frame.sequence - sequence_);
  if (heard_ && step == 0) return;
  if (heard_) lost_ += step - 1u;
  heard_ = true;
  sequence_ = frame.sequence;
  const bool closes = frame.lease_ms == 0 || frame.open == 0;
  armed_ = armed_ || closes;
  if (!armed_) return;
  open_ = closes ? 0 : frame.open;
  until_ = now + frame.lease_ms * kMillisecond;
}

uint64_t CanValveEcu::Open(Nanos now) noexcept {
  if (open_ != 0 && now >= until_) {
    open_ = 0;
    armed_ = false;
    ++lapses_;
  }
  return open_;
}

}  // namespace furrow::edge
