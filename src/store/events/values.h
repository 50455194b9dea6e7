// SPDX-License-Identifier: Apache-2.0
// The small sealed values: log lines, rich events, numbers. Bytes: docs/formats/events.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "store/events/events.h"

namespace furrow::events {

std::string EncodeLine(const LogLine& line);
/// All but the time and sequence, which are the key's.
Result<StoredLog> DecodeLine(std::string_view value);

std::string EncodeRich(const Rich& event);
/// All but what the key holds.
Result<StoredRich> DecodeRich(std::string_view value);

/// A number that stands alone: an epoch, a watermark, a time.
std::string EncodeNumber(uint64_t number);
Result<uint64_t> DecodeNumber(std::string_view value);

}  // namespace furrow::events
