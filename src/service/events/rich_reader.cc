// SPDX-License-Identifier: Apache-2.0
#include "service/events/rich_reader.h"

#include <algorithm>
#include <tuple>

#include "service/events/event_json.h"

namespace furrow::service::events {

Result<std::vector<es::Store::RichSeries>> RichReader::Series(const Selection& selection) const {
  FURROW_ASSIGN(auto series, store_.RichIndex(owner_, type_));
  std::erase_if(series, [&](const auto& s) { return !selection.Has(s.metric, s.variant); });
  std::sort(series.begin(), series.end(), [](const auto& a, const auto& b) {
    return std::tie(a.metric, a.variant) < std::tie(b.metric, b.variant);
  });
  return series;
}

Result<std::vector<es::StoredRich>> RichReader::Read(const es::Store::RichSeries& series,
                                                     const Window& window) const {
  return store_.RichEvents(owner_, type_, series.metric, series.variant, window.from,
                           window.iterations_max, window.later);
}

Result<RichReader::Iterations> RichReader::Read(const std::vector<es::Store::RichSeries>& series,
                                                const Window& window) const {
  Iterations found;
  // The far edge of what is wanted, once enough iterations are known: series beyond it are skipped.
  const auto edge = [&]() -> std::optional<int64_t> {
    if (found.size() < window.iterations_max || found.empty()) return std::nullopt;
    return window.later ? found.rbegin()->first : found.begin()->first;
  };
  for (const es::Store::RichSeries& one : series) {
    if (const auto e = edge(); e && (window.later ? one.iter_min > *e : one.iter_max < *e))
      continue;
    FURROW_ASSIGN(auto events, Read(one, window));
    for (es::StoredRich& event : events) {
      if (const auto e = edge(); e && (window.later ? event.iter > *e : event.iter < *e)) break;
      found[event.iter].push_back(std::move(event));
      if (found.size() > window.iterations_max) {
        found.erase(window.later ? std::prev(found.end()) : found.begin());
      }
    }
  }
  return found;
}

Result<json::Array> RichArray(std::string_view owner, const std::vector<es::StoredRich>& events) {
  json::Array out;
  out.reserve(events.size());
  for (const es::StoredRich& event : events) {
    FURROW_ASSIGN(json::Value value, RichEvent(owner, event));
    out.push_back(std::move(value));
  }
  return out;
}

}  // namespace furrow::service::events
