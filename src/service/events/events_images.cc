// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "service/events/event_json.h"
#include "service/events/events_service.h"
#include "service/events/owners.h"
#include "service/events/rich_reader.h"

namespace furrow::service::events {
namespace {

constexpr int64_t kItersMax = 1000;
constexpr size_t kTasksMax = 100;

/// What a call asks of one run.
struct Asked {
  Owner owner;
  json::Array metrics;  ///< {metric, variants} entries of this run
};

Result<std::vector<Asked>> ReadAsked(const entities::Core& core, api::Call& call) {
  FURROW_TRY(call.Require({"metrics"}));
  const bool is_model = call.Flag("model_events");
  FURROW_TRY(call.Check());
  std::vector<Asked> out;
  for (const json::Value& entry : call.Field("metrics").array()) {
    const std::string& id = entry.At("task").AsString();
    auto it =
        std::find_if(out.begin(), out.end(), [&](const Asked& a) { return a.owner.id == id; });
    if (it == out.end()) {
      if (out.size() == kTasksMax) return api::Fail(api::kValidation, "too many tasks");
      FURROW_ASSIGN(Owner owner, FindOwner(core, is_model, id));
      it = out.insert(out.end(), {std::move(owner), {}});
    }
    it->metrics.push_back(entry);
  }
  return out;
}

/// Pages through the iterations of each run that hold events of the type. The cursor remembers, per
/// run, the iterations shown last.
Status Navigate(Context& context, api::Call& call, es::RichType type) {
  const auto iters = static_cast<size_t>(std::clamp<int64_t>(call.Int("iters", 1), 1, kItersMax));
  const bool earlier = call.Flag("navigate_earlier", true);
  const bool refresh = call.Flag("refresh");
  const std::string scroll_id = call.Text("scroll_id");
  FURROW_ASSIGN(const auto asked, ReadAsked(context.core, call));

  // A cursor that is gone begins anew: the reader loses its place, not its answer.
  json::Value state = json::Object{};
  if (!scroll_id.empty()) state = context.cursors.Get(scroll_id).value_or(json::Object{});
  json::Array metrics;
  for (const Asked& one : asked) {
    json::Value& shown = state[one.owner.id];
    const RichReader reader(context.core.events, one.owner.id, type);
    FURROW_ASSIGN(const Selection selection, Selection::Read(one.metrics));
    FURROW_ASSIGN(const auto series, reader.Series(selection));
    RichReader::Window window{.later = !earlier, .iterations_max = iters};
    bool at_end = false;
    if (shown.IsObject() && !refresh) {
      const int64_t first = shown.At("first").AsInt(), last = shown.At("last").AsInt();
      at_end = earlier ? first == INT64_MIN : last == INT64_MAX;
      if (!at_end) window.from = earlier ? first - 1 : last + 1;
    }
    RichReader::Iterations found;
    if (!at_end) {
      FURROW_ASSIGN(found, reader.Read(series, window));
    }
    if (!found.empty()) {
      shown = json::Object{{"first", found.begin()->first}, {"last", found.rbegin()->first}};
    }
    json::Array iterations;
    for (const auto& [iter, events] : found) {
      FURROW_ASSIGN(json::Array list, RichArray(one.owner.id, events));
      iterations.push_back(json::Object{{"iter", iter}, {"events", std::move(list)}});
    }
    if (earlier) std::reverse(iterations.begin(), iterations.end());
    metrics.push_back(json::Object{{"task", one.owner.id}, {"iterations", std::move(iterations)}});
  }
  if (scroll_id.empty()) {
    call.response["scroll_id"] = context.cursors.Open(std::move(state));
  } else {
    context.cursors.Set(scroll_id, std::move(state));
    call.response["scroll_id"] = scroll_id;
  }
  call.response["metrics"] = std::move(metrics);
  return {};
}

}  // namespace

Status DebugImages(Context& context, api::Call& call) {
  return Navigate(context, call, es::RichType::kImage);
}

Status Plots(Context& context, api::Call& call) {
  return Navigate(context, call, es::RichType::kPlot);
}

Status DebugImagesOfTask(Context& context, api::Call& call) {
  const auto iters = static_cast<size_t>(std::clamp<int64_t>(call.Int("iters", 1), 1, kItersMax));
  const std::string scroll_id = call.Text("scroll_id");
  FURROW_ASSIGN(const Owner owner, OwnerOf(context.core, call));
  json::Array images;
  // Everything stands on the first page.
  if (scroll_id.empty()) {
    const RichReader reader(context.core.events, owner.id, es::RichType::kImage);
    FURROW_ASSIGN(const auto series, reader.Series({}));
    for (const es::Store::RichSeries& one : series) {
      FURROW_ASSIGN(const auto events, reader.Read(one, {.iterations_max = iters}));
      FURROW_ASSIGN(json::Array list, RichArray(owner.id, events));
      std::move(list.begin(), list.end(), std::back_inserter(images));
    }
  }
  call.response["task"] = owner.id;
  call.response["returned"] = images.size();
  call.response["total"] = images.size();
  call.response["scroll_id"] = scroll_id.empty() ? context.cursors.Open(nullptr) : scroll_id;
  call.response["images"] = std::move(images);
  return {};
}

Status ClearScroll(Context& context, api::Call& call) {
  FURROW_TRY(call.Require({"scroll_id"}));
  const std::string id = call.Text("scroll_id");
  FURROW_TRY(call.Check());
  context.cursors.Close(id);
  return {};
}

}  // namespace furrow::service::events
