// SPDX-License-Identifier: Apache-2.0
// The bytes of a spool's segment. docs/formats/spool.md has the tables.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace furrow::device {

/// The numbers are those of the format, and the order of what matters more.
enum class Stream : uint8_t { kAlarms, kSprays, kMetrics, kImages };
constexpr size_t kStreams = 4;
/// "alarms", as in the API.
const char* StreamName(Stream stream);

constexpr size_t kSpoolRecordMax = 64u << 10;
constexpr size_t kSpoolHeaderBytes = 32;

std::string EncodeSpoolHeader(Stream stream, uint64_t first);
std::string EncodeSpoolRecord(uint64_t number, std::string_view text);

struct SpoolSegment {
  Stream stream = Stream::kAlarms;
  uint64_t first = 0;
  std::vector<std::string> records;  // those that are whole
  bool torn = false;                 // something else follows them
};
/// Nothing when the header is damaged.
std::optional<SpoolSegment> ReadSpoolSegment(std::string_view bytes);

/// "00000000000000000042.fsp"
std::string SpoolSegmentName(uint64_t first);
std::optional<uint64_t> SpoolSegmentFirst(std::string_view name);

}  // namespace furrow::device
