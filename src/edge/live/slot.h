// SPDX-License-Identifier: Apache-2.0
// A folder with an unpacked bundle, as far as furrow-edge reads it. docs/formats/bundle.md has it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/status.h"
#include "edge/detect/net_detector.h"

namespace furrow::edge {

/// What `slot.json` says.
struct Slot {
  std::string folder;
  std::string bundle;  // the id: 64 hexadecimal digits
  uint64_t version = 0;
  NetMethod method = NetMethod::kHybrid;
  std::string model;  // path of the network
  int area_min = 1;   // pixels
  double budget_ms = 0;
  std::string golden;  // path of the table of golden frames; empty: there is none
};

/// Errors name the file: kNotFound when there is none, kIoError, kInvalidArgument with the member
/// that is wrong.
Result<Slot> ReadSlot(const std::string& folder);

/// The bytes that 64 hexadecimal digits say; zeros for anything else.
std::array<uint8_t, 32> HashBytes(const std::string& hex);

}  // namespace furrow::edge
