// SPDX-License-Identifier: Apache-2.0
#include "service/events/event_types.h"

#include <algorithm>
#include <array>

namespace furrow::service::events {
namespace {

constexpr std::array<std::string_view, 5> kNames = {kScalarName, kVectorName, kImageName, kPlotName,
                                                    kLogName};

bool Same(std::string_view text, std::string_view name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(),
                    [](char t, char n) { return t == n || (t == ' ' && n == '_'); });
}

}  // namespace

std::string_view NameOf(EventType type) { return kNames[static_cast<size_t>(type)]; }

std::optional<EventType> ParseType(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (Same(name, kNames[i])) return static_cast<EventType>(i);
  }
  return std::nullopt;
}

es::RichType RichTypeOf(EventType type) {
  switch (type) {
    case EventType::kVector:
      return es::RichType::kVector;
    case EventType::kImage:
      return es::RichType::kImage;
    default:
      return es::RichType::kPlot;
  }
}

}  // namespace furrow::service::events
