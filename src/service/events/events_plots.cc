// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "service/events/event_json.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"
#include "service/events/rich_reader.h"

namespace furrow::service::events {
namespace {

constexpr size_t kTasksMax = 100;
constexpr int64_t kItersMax = 1000;
constexpr int64_t kTotalMax = 10'000;
// A page ends behind the series that brings it over one of these.
constexpr size_t kPageEventsMax = 1000;
constexpr size_t kPageBytesMax = 32u << 20;

struct PlotRequest {
  Selection selection;
  size_t iters = 1;
  bool no_scroll = false;
  bool per_metric = false;  ///< the last iterations of a metric, not of each variant
  std::string scroll_id;
};

Result<PlotRequest> ReadPlotRequest(api::Call& call) {
  PlotRequest out;
  out.iters = static_cast<size_t>(std::clamp<int64_t>(call.Int("iters", 1), 1, kItersMax));
  out.no_scroll = call.Flag("no_scroll");
  out.per_metric = call.Flag("last_iters_per_task_metric");
  out.scroll_id = call.Text("scroll_id");
  FURROW_TRY(call.Check());
  FURROW_ASSIGN(out.selection, Selection::Read(call.Field("metrics")));
  return out;
}

/// One step of a listing of plots: a series, or with per_metric all series of a metric.
struct Step {
  size_t owner;
  std::vector<es::Store::RichSeries> series;
};

struct Found {
  size_t owner;
  std::vector<es::StoredRich> events;
};

/// Reads the steps from `at` on until a page is full; `at` then names the next step.
class PlotPages {
 public:
  PlotPages(const es::Store& store, const std::vector<Owner>& owners, const PlotRequest& request)
      : store_(store), owners_(owners), request_(request) {}

  Status Plan() {
    for (size_t o = 0; o < owners_.size(); ++o) {
      FURROW_ASSIGN(auto all, Reader(o).Series(request_.selection));
      for (es::Store::RichSeries& one : all) {
        const bool joins = request_.per_metric && !steps_.empty() && steps_.back().owner == o &&
                           steps_.back().series.front().metric == one.metric;
        if (!joins) steps_.push_back({o, {}});
        steps_.back().series.push_back(std::move(one));
      }
    }
    return {};
  }

  Result<std::vector<Found>> Read(size_t& at) const {
    std::vector<Found> out;
    size_t events = 0, bytes = 0;
    for (; at < steps_.size() && events < kPageEventsMax && bytes < kPageBytesMax; ++at) {
      FURROW_ASSIGN(auto found, ReadStep(steps_[at]));
      for (const es::StoredRich& e : found) bytes += e.json.size();
      events += found.size();
      out.push_back({steps_[at].owner, std::move(found)});
    }
    return out;
  }

  /// Events from step `at` on, counted no further than `most`.
  Result<int64_t> Count(size_t at, int64_t most) const {
    int64_t count = 0;
    for (; at < steps_.size() && count < most; ++at) {
      FURROW_ASSIGN(const auto found, ReadStep(steps_[at]));
      count += static_cast<int64_t>(found.size());
    }
    return std::min(count, most);
  }

 private:
  RichReader Reader(size_t owner) const {
    return RichReader(store_, owners_[owner].id, es::RichType::kPlot);
  }

  Result<std::vector<es::StoredRich>> ReadStep(const Step& step) const {
    FURROW_ASSIGN(auto by_iter,
                  Reader(step.owner).Read(step.series, {.iterations_max = request_.iters}));
    std::vector<es::StoredRich> out;
    for (auto it = by_iter.rbegin(); it != by_iter.rend(); ++it) {
      std::move(it->second.begin(), it->second.end(), std::back_inserter(out));
    }
    return out;
  }

  const es::Store& store_;
  const std::vector<Owner>& owners_;
  const PlotRequest& request_;
  std::vector<Step> steps_;
};

/// A page of plots; fills returned, total and scroll_id.
Result<std::vector<Found>> ReadPage(Context& context, api::Call& call,
                                    const std::vector<Owner>& owners, const PlotRequest& request) {
  size_t at = 0;
  int64_t total = 0;
  if (!request.scroll_id.empty()) {
    const auto state = context.cursors.Get(request.scroll_id);
    if (!state || !state->Find("step")) return api::Fail(api::kInvalidScrollId);
    at = static_cast<size_t>(state->At("step").AsInt());
    total = state->At("total").AsInt();
  }
  PlotPages pages(context.core.events, owners, request);
  FURROW_TRY(pages.Plan());
  FURROW_ASSIGN(auto found, pages.Read(at));
  size_t returned = 0;
  for (const Found& f : found) returned += f.events.size();
  if (request.scroll_id.empty()) {
    FURROW_ASSIGN(const int64_t rest, pages.Count(at, kTotalMax - static_cast<int64_t>(returned)));
    total = static_cast<int64_t>(returned) + rest;
  }
  call.response["returned"] = returned;
  call.response["total"] = total;
  if (request.no_scroll) {
    call.response["scroll_id"] = nullptr;
  } else {
    const json::Object state{{"step", at}, {"total", total}};
    if (request.scroll_id.empty()) {
      call.response["scroll_id"] = context.cursors.Open(state);
    } else {
      context.cursors.Set(request.scroll_id, state);
      call.response["scroll_id"] = request.scroll_id;
    }
  }
  return found;
}

}  // namespace

Status GetTaskPlots(Context& context, api::Call& call) {
  FURROW_ASSIGN(const PlotRequest request, ReadPlotRequest(call));
  FURROW_ASSIGN(Owner owner, OwnerOf(context.core, call));
  const std::vector<Owner> owners{std::move(owner)};
  FURROW_ASSIGN(const auto found, ReadPage(context, call, owners, request));
  json::Array plots;
  for (const Found& f : found) {
    FURROW_ASSIGN(json::Array some, RichArray(owners[0].id, f.events));
    std::move(some.begin(), some.end(), std::back_inserter(plots));
  }
  call.response["plots"] = std::move(plots);
  return {};
}

Status GetMultiTaskPlots(Context& context, api::Call& call) {
  FURROW_ASSIGN(const PlotRequest request, ReadPlotRequest(call));
  FURROW_ASSIGN(const auto owners, OwnersOf(context.core, call, kTasksMax));
  FURROW_ASSIGN(const auto found, ReadPage(context, call, owners, request));
  // plots[metric][variant][task][iter] = {name, plots: [...]}
  json::Value plots = json::Object{};
  for (const Found& f : found) {
    const Owner& owner = owners[f.owner];
    for (const es::StoredRich& stored : f.events) {
      FURROW_ASSIGN(json::Value event, RichEvent(owner.id, stored));
      json::Value& slot =
          plots[stored.metric][stored.variant][owner.id][std::to_string(stored.iter)];
      slot["name"] = owner.name;
      slot["plots"].array().push_back(std::move(event));
    }
  }
  call.response["plots"] = std::move(plots);
  return {};
}

Status VectorMetricsIterHistogram(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"task", "metric", "variant"}));
  const std::string metric = call.Text("metric"), variant = call.Text("variant");
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  const RichReader reader(context.core.events, owner.id, es::RichType::kVector);
  FURROW_ASSIGN(auto events, reader.Read({metric, variant, 0, 0}, {.iterations_max = kItersMax}));
  std::reverse(events.begin(), events.end());
  FURROW_ASSIGN(json::Array images, RichArray(owner.id, events));
  call.response["images"] = std::move(images);
  return {};
}

}  // namespace furrow::service::events
