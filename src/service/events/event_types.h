// SPDX-License-Identifier: Apache-2.0
// The kinds of events a run reports, by their names on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "store/events/events.h"

namespace furrow::service::events {

namespace es = ::furrow::events;  ///< the event store, whose name this namespace hides

enum class EventType : uint8_t { kScalar, kVector, kImage, kPlot, kLog };

inline constexpr std::string_view kScalarName = "training_stats_scalar";
inline constexpr std::string_view kVectorName = "training_stats_vector";
inline constexpr std::string_view kImageName = "training_debug_image";
inline constexpr std::string_view kPlotName = "plot";
inline constexpr std::string_view kLogName = "log";

std::string_view NameOf(EventType type);
/// Spaces stand for underscores, as old clients send them. nullopt for any other text.
std::optional<EventType> ParseType(std::string_view name);

/// kVector, kImage and kPlot only.
es::RichType RichTypeOf(EventType type);

}  // namespace furrow::service::events
