// SPDX-License-Identifier: Apache-2.0
// What tractors record, as the server keeps it: streams of records numbered from 0, each record a
// document whose id names tractor, stream and number. Records are never changed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace furrow::service::fleet {

inline constexpr std::array<std::string_view, 4> kStreams = {"alarms", "sprays", "metrics",
                                                             "images"};
bool IsStream(std::string_view name);

inline constexpr size_t kRecordsPerReportMax = 1000;
inline constexpr size_t kRecordBytesMax = 64 * 1024;
/// Of one stream of one tractor; beyond it the oldest goes when a newer one comes.
inline constexpr int64_t kRecordsKeptMax = 1'000'000;

/// "T7/sprays/00000000000000000012".
std::string RecordId(std::string_view tractor, std::string_view stream, int64_t number);

}  // namespace furrow::service::fleet
