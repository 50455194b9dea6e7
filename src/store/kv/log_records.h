// SPDX-License-Identifier: Apache-2.0
// The engine's log format, in which both its logs and its list of files (MANIFEST) are written:
// blocks of 32 KiB, records split over them into fragments with a CRC each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::store {

/// A little-endian number of the log.
template <typename T>
T Little(const char* p) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(p[i]));
  }
  return value;
}

/// Calls `record` with the first `head` bytes of each whole record. The position of the first byte
/// that cannot be read (the beginning of its record), or nullopt when the file ends where a record
/// does. A record shorter than `head` cannot be read. Errors: kIoError.
Result<std::optional<uint64_t>> ReadLogRecords(const std::string& path, size_t head,
                                               const std::function<void(std::string_view)>& record);

}  // namespace furrow::store
