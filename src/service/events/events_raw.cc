// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "json/text.h"
#include "service/events/charts.h"
#include "service/events/event_json.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"
#include "service/events/rich_reader.h"
#include "service/events/series_merge.h"

namespace furrow::service::events {
namespace {

constexpr int64_t kEventsDefault = 500;
constexpr int64_t kEventsMax = 200'000;
constexpr int64_t kLinesMax = 10'000;
// Plots may be megabytes each: they are read few at a time, and a page of them ends early.
constexpr size_t kRichChunk = 4;
constexpr size_t kRichMax = 500;
constexpr int64_t kRawDefault = 10'000;
constexpr int64_t kRawMax = 200'000;
constexpr int64_t kTotalMax = 10'000;

using EventMerge = SeriesMerge<json::Value>;

/// What a scroll_id of raw events says: they carry the reader's place themselves, so a page asked
/// for twice is the same page.
struct Place {
  size_t phase = 0;  ///< index into the types being read
  std::optional<MergePosition> position;
  std::optional<int64_t> log_ms;
  int64_t total = 0;
};

std::string WritePlace(const Place& place) {
  json::Array out{place.phase, place.total,
                  place.log_ms ? json::Value(*place.log_ms) : json::Value()};
  if (place.position) {
    out.push_back(place.position->iter);
    out.push_back(place.position->metric);
    out.push_back(place.position->variant);
  }
  return json::Write(out);
}

Result<Place> ReadPlace(const std::string& scroll_id) {
  const auto parsed = json::Parse(scroll_id);
  if (!parsed.ok()) return api::Fail(api::kInvalidScrollId);
  const json::Array& in = parsed->array();
  if (in.size() < 3 || !in[0].IsInt() || in[0].AsInt() < 0 || !in[1].IsInt()) {
    return api::Fail(api::kInvalidScrollId);
  }
  Place place{static_cast<size_t>(in[0].AsInt()), {}, {}, in[1].AsInt()};
  if (in[2].IsInt()) place.log_ms = in[2].AsInt();
  if (in.size() == 6 && in[3].IsInt()) {
    place.position = {in[3].AsInt(), in[4].AsString(), in[5].AsString()};
  }
  return place;
}

Result<std::vector<EventMerge::Series>> ScalarSeries(const es::Store& store,
                                                     const std::string& owner,
                                                     const Selection& selection, bool descending) {
  std::vector<EventMerge::Series> out;
  FURROW_ASSIGN(auto series, SelectSeries(store, owner, selection));
  for (es::SeriesName& name : series) {
    const std::string metric = name.metric, variant = name.variant;
    out.push_back(
        {metric, variant,
         [&store, owner, descending, name = std::move(name)](
             std::optional<int64_t> after, size_t limit) -> Result<std::vector<EventMerge::Item>> {
           FURROW_ASSIGN(const auto points,
                         store.Scalars(owner, name.metric, name.variant, after, limit, descending));
           std::vector<EventMerge::Item> items;
           for (const es::StoredScalar& p : points) {
             items.push_back({p.iter, ScalarEvent(owner, name, p)});
           }
           return items;
         }});
  }
  return out;
}

/// A single value is a series of one event.
Status AddSingles(const es::Store& store, const std::string& owner, const Selection& selection,
                  bool descending, std::vector<EventMerge::Series>& out) {
  FURROW_ASSIGN(const auto singles, store.SingleValues(owner));
  for (const es::Store::Single& single : singles) {
    if (!selection.Has(single.metric, single.variant)) continue;
    out.push_back({single.metric, single.variant,
                   [owner, single, descending](std::optional<int64_t> after,
                                               size_t) -> Result<std::vector<EventMerge::Item>> {
                     std::vector<EventMerge::Item> items;
                     const int64_t at = es::kSingleValueIter;
                     if (!after || (descending ? at < *after : at > *after)) {
                       items.push_back({at, SingleValueEvent(owner, single)});
                     }
                     return items;
                   }});
  }
  return {};
}

Result<std::vector<EventMerge::Series>> RichSeriesOf(const es::Store& store,
                                                     const std::string& owner, es::RichType type,
                                                     const Selection& selection, bool descending) {
  const RichReader reader(store, owner, type);
  FURROW_ASSIGN(const auto all, reader.Series(selection));
  std::vector<EventMerge::Series> out;
  for (const es::Store::RichSeries& one : all) {
    out.push_back(
        {one.metric, one.variant,
         [&store, owner, type, one, descending](std::optional<int64_t> after,
                                                size_t) -> Result<std::vector<EventMerge::Item>> {
           std::vector<EventMerge::Item> items;
           RichReader::Window window{.later = !descending, .iterations_max = kRichChunk};
           if (after) {
             if (*after == (descending ? INT64_MIN : INT64_MAX)) return items;
             window.from = descending ? *after - 1 : *after + 1;
           }
           FURROW_ASSIGN(const auto events, RichReader(store, owner, type).Read(one, window));
           for (const es::StoredRich& e : events) {
             FURROW_ASSIGN(json::Value value, RichEvent(owner, e));
             items.push_back({e.iter, std::move(value)});
           }
           return items;
         }});
  }
  return out;
}

Result<std::vector<EventMerge::Series>> SeriesOf(const es::Store& store, const std::string& owner,
                                                 EventType type, const Selection& selection,
                                                 bool descending) {
  if (type != EventType::kScalar) {
    return RichSeriesOf(store, owner, RichTypeOf(type), selection, descending);
  }
  FURROW_ASSIGN(auto out, ScalarSeries(store, owner, selection, descending));
  FURROW_TRY(AddSingles(store, owner, selection, descending, out));
  return out;
}

/// How many events there are, as far as clients want to know: up to kTotalMax.
Result<int64_t> CountEvents(const es::Store& store, const std::string& owner,
                            const std::vector<EventType>& types, const Selection& selection) {
  int64_t total = 0;
  for (const EventType type : types) {
    if (type == EventType::kLog) {
      FURROW_ASSIGN(const uint64_t lines, store.LogCount(owner));
      total += static_cast<int64_t>(std::min<uint64_t>(lines, kTotalMax));
      continue;
    }
    if (type != EventType::kScalar && selection.all()) {
      FURROW_ASSIGN(const uint64_t events, store.RichCount(owner, RichTypeOf(type), kTotalMax));
      total += static_cast<int64_t>(events);
      continue;
    }
    FURROW_ASSIGN(auto series, SeriesOf(store, owner, type, selection, false));
    for (EventMerge::Series& one : series) {
      std::optional<int64_t> after;
      while (total < kTotalMax) {
        FURROW_ASSIGN(const auto items, one.fetch(after, kTotalMax));
        if (items.empty()) break;
        total += static_cast<int64_t>(items.size());
        after = items.back().iter;
      }
    }
  }
  return std::min(total, kTotalMax);
}

struct RawRequest {
  std::vector<EventType> types;
  Selection selection;
  bool descending = false;
  size_t limit = 0;
  std::string scroll_id;
};

/// Fills events, returned, total and scroll_id.
Status AnswerRaw(Context& context, api::Call& call, const std::string& owner,
                 const RawRequest& request) {
  const es::Store& store = context.core.events;
  Place place;
  if (request.scroll_id.empty()) {
    FURROW_ASSIGN(place.total, CountEvents(store, owner, request.types, request.selection));
  } else {
    FURROW_ASSIGN(place, ReadPlace(request.scroll_id));
  }
  json::Array events;
  while (place.phase < request.types.size() && events.size() < request.limit) {
    const EventType type = request.types[place.phase];
    const size_t most = type == EventType::kScalar ? kEventsMax
                        : type == EventType::kLog  ? kLinesMax
                                                   : kRichMax;
    const size_t wanted = std::min(request.limit - events.size(), most);
    const size_t before = events.size();
    if (type == EventType::kLog) {
      FURROW_ASSIGN(const auto lines, store.Logs(owner, place.log_ms, !request.descending, wanted,
                                                 /*whole_ms=*/true));
      for (const es::StoredLog& line : lines) events.push_back(LogEvent(owner, line));
      if (!lines.empty()) place.log_ms = lines.back().time_ms + (request.descending ? -1 : 1);
    } else {
      FURROW_ASSIGN(auto series,
                    SeriesOf(store, owner, type, request.selection, request.descending));
      EventMerge merge(std::move(series), request.descending, place.position, wanted);
      FURROW_ASSIGN(auto more, merge.Take(wanted, place.position));
      std::move(more.begin(), more.end(), std::back_inserter(events));
    }
    if (events.size() - before >= wanted) break;
    ++place.phase;
    place.position.reset();
  }
  call.response["returned"] = events.size();
  call.response["total"] = place.total;
  call.response["scroll_id"] = WritePlace(place);
  call.response["events"] = std::move(events);
  return {};
}

}  // namespace

Status GetTaskEvents(Context& context, api::Call& call) {
  RawRequest request;
  request.limit = static_cast<size_t>(
      std::clamp<int64_t>(call.Int("batch_size", kEventsDefault), 1, kEventsMax));
  request.descending = call.Text("order", "asc") == "desc";
  request.scroll_id = call.Text("scroll_id");
  const std::string type_name = call.Text("event_type");
  FURROW_ASSIGN(request.selection, Selection::Read(call.Field("metrics")));
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  if (type_name.empty()) {
    request.types = {EventType::kScalar, EventType::kVector, EventType::kImage, EventType::kPlot,
                     EventType::kLog};
  } else if (const auto type = ParseType(type_name)) {
    request.types = {*type};
  } else {
    return api::Fail(api::kFieldsValue, "event_type=" + type_name);
  }
  return AnswerRaw(context, call, owner.id, request);
}

Status GetScalarMetricData(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "metric"}));
  RawRequest request;
  request.types = {EventType::kScalar};
  request.limit = kRawDefault;
  request.selection = Selection::OfMetric(call.Text("metric"));
  request.scroll_id = call.Text("scroll_id");
  const bool no_scroll = call.Flag("no_scroll");
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  FURROW_TRY(AnswerRaw(context, call, owner.id, request));
  if (no_scroll) call.response["scroll_id"] = nullptr;
  return {};
}

Status ScalarMetricsIterRaw(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "metric"}));
  const auto limit =
      static_cast<size_t>(std::clamp<int64_t>(call.Int("batch_size", kRawDefault), 1, kRawMax));
  const bool count_total = call.Flag("count_total");
  const std::string scroll_id = call.Text("scroll_id");
  FURROW_ASSIGN(const Axis axis, ReadAxis(call));
  FURROW_ASSIGN(const Selection selection, Selection::ReadOne(call.Field("metric")));
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));

  const es::Store& store = context.core.events;
  Place place;
  if (!scroll_id.empty()) {
    FURROW_ASSIGN(place, ReadPlace(scroll_id));
  }
  struct Columns {
    json::Array x, y;
  };
  std::vector<std::pair<std::string, Columns>> variants;
  struct Point {
    size_t variant;
    int64_t x;
    double y;
  };
  using Merge = SeriesMerge<Point>;
  std::vector<Merge::Series> sources;
  int64_t total = 0;
  FURROW_ASSIGN(const auto series, SelectSeries(store, owner.id, selection));
  for (const es::SeriesName& name : series) {
    if (count_total && scroll_id.empty()) {
      FURROW_ASSIGN(const es::Points points, store.Curve(owner.id, name.metric, name.variant));
      total += static_cast<int64_t>(points.size());
    }
    const size_t variant = variants.size();
    variants.push_back({name.variant, {}});
    sources.push_back(
        {name.metric, name.variant,
         [&store, &owner, name, variant, axis](std::optional<int64_t> after,
                                               size_t n) -> Result<std::vector<Merge::Item>> {
           FURROW_ASSIGN(const auto points,
                         store.Scalars(owner.id, name.metric, name.variant, after, n, false));
           std::vector<Merge::Item> items;
           for (const es::StoredScalar& p : points) {
             const int64_t x = axis == Axis::kIter ? p.iter : p.time_ms;
             items.push_back({p.iter, {variant, x, p.value}});
           }
           return items;
         }});
  }
  if (scroll_id.empty()) place.total = total;
  Merge merge(std::move(sources), false, place.position, limit);
  FURROW_ASSIGN(const auto points, merge.Take(limit, place.position));
  for (const Point& p : points) {
    Columns& to = variants[p.variant].second;
    to.x.push_back(AxisValue(axis, p.x));
    to.y.push_back(p.y);
  }
  json::Object out;
  for (auto& [variant, columns] : variants) {
    if (columns.x.empty()) continue;
    json::Object one;
    one.Append(std::string(NameOf(axis)), std::move(columns.x));
    one.Append("y", std::move(columns.y));
    out.Append(variant, std::move(one));
  }
  call.response["variants"] = std::move(out);
  call.response["returned"] = points.size();
  call.response["total"] = count_total ? json::Value(place.total) : json::Value();
  call.response["scroll_id"] = WritePlace(place);
  return {};
}

}  // namespace furrow::service::events
