// SPDX-License-Identifier: Apache-2.0
// A column of doubles. What people report is seldom 53 bits of noise: decimals of a few digits,
// float32 widened by Python, float32 printed as text. Each of these is recognised exactly, stored
// as the integers it came from, and restored bit for bit; values that do not fit (NaN among
// decimals) are kept beside. Bytes: docs/formats/events.md, "Value column".
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "store/events/bytes.h"

namespace furrow::events {

// The numbers are part of the format.
enum class ValueKind : uint8_t {
  kFloat64 = 0,
  kFloat32 = 1,         ///< each is a float32, widened
  kDecimal = 2,         ///< each is k / 10^digits
  kDecimalFloat32 = 3,  ///< each is the float32 nearest to k / 10^digits, widened
  kTextFloat32 = 4,     ///< each is read from the shortest decimal of a float32
};

/// Appends `v` (1 to kColumnMax values) to `out`; says how.
ValueKind EncodeValues(std::span<const double> v, std::string& out);

/// Reads out.size() values. False when the bytes are not such a column.
bool DecodeValues(Reader& in, std::span<double> out);

}  // namespace furrow::events
