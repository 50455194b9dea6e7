// SPDX-License-Identifier: Apache-2.0
// A column of 64-bit integers, packed: a predictor takes out what is regular, the residuals are
// split into byte planes, and each plane is stored constant, raw or zstd-compressed, whichever is
// smallest. Every column comes back bit for bit; all arithmetic is modulo 2^64.
// Bytes: docs/formats/events.md, "Integer column".
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "store/events/bytes.h"

namespace furrow::events {

/// The longest column there is.
inline constexpr size_t kColumnMax = 8192;

/// Appends `x` (1 to kColumnMax values) to `out`. The reader must know the count.
void EncodeInts(std::span<const int64_t> x, std::string& out);

/// Reads out.size() values (1 to kColumnMax). False when the bytes are not such a column.
bool DecodeInts(Reader& in, std::span<int64_t> out);

}  // namespace furrow::events
