// SPDX-License-Identifier: Apache-2.0
// Events as clients read them.
#pragma once

#include <string>
#include <string_view>

#include "json/value.h"
#include "service/events/event_types.h"
#include "service/events/line_reader.h"

namespace furrow::service::events {

/// "2026-11-23T20:31:43.123Z".
std::string IsoMillis(int64_t time_ms);

/// True when FormatTime can write it.
bool IsTimeInRange(int64_t time_ms);

/// The text kept of a plot, image or vector: what a reader is given back, task apart.
std::string RichJson(const Line& line, EventType type, std::string_view worker, int64_t iter,
                     int64_t time_ms, int64_t arrived_ms);

json::Value ScalarEvent(std::string_view owner, const es::SeriesName& series,
                        const es::StoredScalar& point);
json::Value SingleValueEvent(std::string_view owner, const es::Store::Single& single);
json::Value LogEvent(std::string_view owner, const es::StoredLog& line);
/// Errors: kCorruption when what was kept is no JSON.
Result<json::Value> RichEvent(std::string_view owner, const es::StoredRich& event);

}  // namespace furrow::service::events
