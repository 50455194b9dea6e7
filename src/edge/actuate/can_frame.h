// SPDX-License-Identifier: Apache-2.0
// The frames in which valve states travel on CAN: a layout of our own, written down with examples
// in docs/edge/wire.md. Pure functions over eight bytes; can_bus.h sends them, can_ecu.h says what
// a receiver does with them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "edge/actuate/valve_set.h"

namespace furrow::edge {

/// One classical data frame: a bank of 48 nozzles.
struct CanValveFrame {
  static constexpr size_t kNozzles = 48;
  static constexpr size_t kBytes = 8;

  uint32_t bank = 0;     // nozzles 48 * bank and on; the frame's identifier is the base plus this
  uint8_t sequence = 0;  // of this bank, one more with each frame, 255 is followed by 0
  uint8_t lease_ms = 0;  // how long the states hold; 0: close at once, whatever the states say
  uint64_t open = 0;     // bit i: nozzle 48 * bank + i

  bool operator==(const CanValveFrame&) const = default;
};

/// How many banks a boom of so many nozzles has.
constexpr size_t CanBanks(size_t nozzles) {
  return (nozzles + CanValveFrame::kNozzles - 1) / CanValveFrame::kNozzles;
}

/// The states of bank `bank`, as in CanValveFrame::open.
uint64_t CanBankStates(const ValveSet& open, size_t bank) noexcept;

std::array<uint8_t, CanValveFrame::kBytes> EncodeCanValves(const CanValveFrame& frame) noexcept;

/// Nothing when the data is not eight bytes long.
std::optional<CanValveFrame> DecodeCanValves(uint32_t bank, std::span<const uint8_t> data) noexcept;

}  // namespace furrow::edge
