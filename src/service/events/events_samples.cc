// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "service/events/event_json.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"
#include "service/events/rich_reader.h"

namespace furrow::service::events {
namespace {

using Series = es::Store::RichSeries;
using Events = std::vector<es::StoredRich>;

/// What the viewer shows at once and steps through: one variant's image, or all plots of a metric.
struct Unit {
  std::vector<Series> series;
  const std::string& metric() const { return series.front().metric; }
  const std::string& variant() const { return series.front().variant; }
  int64_t iter_min() const {
    return std::min_element(
               series.begin(), series.end(),
               [](const Series& a, const Series& b) { return a.iter_min < b.iter_min; })
        ->iter_min;
  }
  int64_t iter_max() const {
    return std::max_element(
               series.begin(), series.end(),
               [](const Series& a, const Series& b) { return a.iter_max < b.iter_max; })
        ->iter_max;
  }
};

/// A unit at an iteration; no events when there is none.
struct Sample {
  size_t unit = 0;
  int64_t iter = 0;
  Events events;
};

class Viewer {
 public:
  Viewer(const es::Store& store, std::string owner, es::RichType type, bool by_variant)
      : reader_(store, std::move(owner), type), by_variant_(by_variant) {}

  /// Units of `metric`, of all metrics when nullopt.
  Status Open(const std::optional<std::string>& metric) {
    FURROW_ASSIGN(auto all, reader_.Series(metric ? Selection::OfMetric(*metric) : Selection()));
    for (Series& one : all) {
      const bool joins = !by_variant_ && !units_.empty() && units_.back().metric() == one.metric;
      if (!joins) units_.emplace_back();
      units_.back().series.push_back(std::move(one));
    }
    return {};
  }

  std::optional<size_t> FindUnit(std::string_view metric, std::string_view variant) const {
    for (size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].metric() == metric && (!by_variant_ || units_[i].variant() == variant))
        return i;
    }
    return std::nullopt;
  }
  const Unit& unit(size_t i) const { return units_[i]; }
  size_t units() const { return units_.size(); }

  /// The nearest iteration of a unit from `from` on in that direction (its last when nullopt).
  Result<Sample> Near(size_t unit, std::optional<int64_t> from, bool later) const {
    FURROW_ASSIGN(auto found, reader_.Read(units_[unit].series, {.later = later, .from = from}));
    if (found.empty()) return Sample{unit, 0, {}};
    return Sample{unit, found.begin()->first, std::move(found.begin()->second)};
  }

  /// Exactly at `iter`.
  Result<Sample> At(size_t unit, int64_t iter) const {
    FURROW_ASSIGN(Sample sample, Near(unit, iter, false));
    if (sample.iter != iter) sample.events.clear();
    return sample;
  }

  /// The unit before or after within the iteration, else the last or first unit of the nearest
  /// iteration that has any.
  Result<Sample> Step(size_t unit, int64_t iter, bool earlier) const {
    for (size_t i = unit; earlier ? i > 0 : i + 1 < units_.size();) {
      earlier ? --i : ++i;
      FURROW_ASSIGN(Sample sample, At(i, iter));
      if (!sample.events.empty()) return sample;
    }
    Sample best;
    for (size_t n = 0; n < units_.size(); ++n) {
      // Of units at one iteration the first met wins: the last one going back, the first going on.
      const size_t i = earlier ? units_.size() - 1 - n : n;
      FURROW_ASSIGN(Sample sample, NextIteration(i, iter, earlier));
      if (sample.events.empty()) continue;
      if (best.events.empty() || (earlier ? sample.iter > best.iter : sample.iter < best.iter)) {
        best = std::move(sample);
      }
    }
    return best;
  }

  Result<Sample> NextIteration(size_t unit, int64_t iter, bool earlier) const {
    if (iter == (earlier ? INT64_MIN : INT64_MAX)) return Sample{unit, 0, {}};
    return Near(unit, earlier ? iter - 1 : iter + 1, !earlier);
  }

 private:
  const RichReader reader_;
  const bool by_variant_;
  std::vector<Unit> units_;
};

/// Fills the answer, and the cursor's state when there is something to show.
Status Answer(api::Call& call, const std::string& owner, const Viewer& viewer, const Sample& sample,
              bool one_event, json::Value& state) {
  json::Array events;
  FURROW_ASSIGN(events, RichArray(owner, sample.events));
  const bool found = !events.empty();
  if (found) {
    const Unit& unit = viewer.unit(sample.unit);
    state["metric"] = unit.metric();
    state["variant"] = unit.variant();
    state["iter"] = sample.iter;
    call.response["min_iteration"] = unit.iter_min();
    call.response["max_iteration"] = unit.iter_max();
  } else {
    call.response["min_iteration"] = nullptr;
    call.response["max_iteration"] = nullptr;
  }
  if (one_event) {
    call.response["event"] = found ? std::move(events.back()) : json::Value();
  } else {
    call.response["events"] = std::move(events);
  }
  return {};
}

Status GetSample(Context& context, api::Call& call, es::RichType type) {
  const bool image = type == es::RichType::kImage;
  FURROW_TRY(image ? call.Require({"task", "metric", "variant"})
                   : call.Require({"task", "metric"}));
  const std::string metric = call.Text("metric"), variant = call.Text("variant");
  const bool this_metric = call.Flag("navigate_current_metric", true);
  const std::string scroll_id = call.Text("scroll_id");
  std::optional<int64_t> iteration;
  if (call.Has("iteration")) iteration = call.Int("iteration", 0);
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));

  Viewer viewer(context.core.events, owner.id, type, image);
  FURROW_TRY(viewer.Open(metric));
  json::Value state = json::Object{{"all_metrics", !this_metric}};
  Sample sample;
  if (const auto unit = viewer.FindUnit(metric, variant)) {
    FURROW_ASSIGN(sample, viewer.Near(*unit, iteration, false));
  }
  FURROW_TRY(Answer(call, owner.id, viewer, sample, image, state));
  if (scroll_id.empty()) {
    call.response["scroll_id"] = context.cursors.Open(std::move(state));
  } else {
    context.cursors.Set(scroll_id, std::move(state));
    call.response["scroll_id"] = scroll_id;
  }
  return {};
}

Status NextSample(Context& context, api::Call& call, es::RichType type) {
  const bool image = type == es::RichType::kImage;
  FURROW_TRY(call.Require({"task", "scroll_id"}));
  const std::string scroll_id = call.Text("scroll_id");
  const bool earlier = call.Flag("navigate_earlier", true);
  const bool next_iteration = call.Flag("next_iteration");
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  auto state = context.cursors.Get(scroll_id);
  if (!state || !state->IsObject()) return api::Fail(api::kInvalidScrollId, scroll_id);

  const std::string metric = state->At("metric").AsString();
  Viewer viewer(context.core.events, owner.id, type, image);
  FURROW_TRY(viewer.Open(state->At("all_metrics").AsBool() ? std::nullopt : std::optional(metric)));
  Sample sample;
  if (const auto unit = viewer.FindUnit(metric, state->At("variant").AsString());
      unit && state->At("iter").IsInt()) {
    const int64_t iter = state->At("iter").AsInt();
    FURROW_ASSIGN(sample, next_iteration ? viewer.NextIteration(*unit, iter, earlier)
                                         : viewer.Step(*unit, iter, earlier));
  }
  FURROW_TRY(Answer(call, owner.id, viewer, sample, image, *state));
  context.cursors.Set(scroll_id, std::move(*state));
  call.response["scroll_id"] = scroll_id;
  return {};
}

}  // namespace

Status GetDebugImageSample(Context& context, api::Call& call) {
  return GetSample(context, call, es::RichType::kImage);
}

Status NextDebugImageSample(Context& context, api::Call& call) {
  return NextSample(context, call, es::RichType::kImage);
}

Status GetPlotSample(Context& context, api::Call& call) {
  return GetSample(context, call, es::RichType::kPlot);
}

Status NextPlotSample(Context& context, api::Call& call) {
  return NextSample(context, call, es::RichType::kPlot);
}

}  // namespace furrow::service::events
