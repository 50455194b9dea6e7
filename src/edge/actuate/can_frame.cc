// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/can_frame.h"

namespace furrow::edge {

uint64_t CanBankStates(const ValveSet& open, size_t bank) noexcept {
  uint64_t states = 0;
  for (size_t i = 0; i < CanValveFrame::kNozzles; ++i) {
    const size_t nozzle = bank * CanValveFrame::kNozzles + i;
    if (nozzle < ValveSet::kMax && open.Test(nozzle)) states |= uint64_t{1} << i;
  }
  return states;
}

std::array<uint8_t, CanValveFrame::kBytes> EncodeCanValves(const CanValveFrame& frame) noexcept {
  std::array<uint8_t, CanValveFrame::kBytes> data{frame.sequence, frame.lease_ms};
  for (size_t i = 0; i < 6; ++i) data[2 + i] = static_cast<uint8_t>(frame.open >> (8 * i));
  return data;
}

std::optional<CanValveFrame> DecodeCanValves(uint32_t bank,
                                             std::span<const uint8_t> data) noexcept {
  if (data.size() != CanValveFrame::kBytes) return std::nullopt;
  CanValveFrame frame{bank, data[0], data[1], 0};
  for (size_t i = 0; i < 6; ++i) frame.open |= uint64_t{data[2 + i]} << (8 * i);
  return frame;
}

}  // namespace furrow::edge
