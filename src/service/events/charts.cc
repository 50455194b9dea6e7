// SPDX-License-Identifier: Apache-2.0
#include "service/events/charts.h"

#include <algorithm>
#include <optional>
#include <span>
#include <tuple>

#include "service/events/event_json.h"

namespace furrow::service::events {
namespace {

// Raw points, and curves held open, between the two passes over them; others are read again.
constexpr size_t kPointsKeptMax = 2'000'000;
constexpr size_t kReadersKeptMax = 64;

}  // namespace

std::string_view NameOf(Axis axis) {
  switch (axis) {
    case Axis::kTimestamp:
      return "timestamp";
    case Axis::kIsoTime:
      return "iso_time";
    default:
      return "iter";
  }
}

Result<Axis> ReadAxis(api::Call& call) {
  const std::string key = call.Text("key", "iter");
  for (const Axis axis : {Axis::kIter, Axis::kTimestamp, Axis::kIsoTime}) {
    if (key == NameOf(axis)) return axis;
  }
  return api::Fail(api::kFieldsValue, "key=" + key);
}

Result<ChartRequest> ReadChartRequest(api::Call& call) {
  ChartRequest out;
  FURROW_ASSIGN(out.axis, ReadAxis(call));
  const int64_t samples = call.Int("samples", domain::kSamplesDefault);
  FURROW_TRY(call.Check());
  // 0 asks for all there is: as many as we give.
  out.samples = samples == 0
                    ? domain::kSamplesMax
                    : static_cast<size_t>(std::clamp<int64_t>(samples, 1, domain::kSamplesMax));
  FURROW_ASSIGN(out.selection, Selection::Read(call.Field("metrics")));
  return out;
}

Result<std::vector<es::SeriesName>> SelectSeries(const es::Store& store, std::string_view owner,
                                                 const Selection& selection) {
  FURROW_ASSIGN(std::vector<es::SeriesName> series, store.Series(owner));
  std::erase_if(series,
                [&](const es::SeriesName& s) { return !selection.Has(s.metric, s.variant); });
  std::sort(series.begin(), series.end(), [](const es::SeriesName& a, const es::SeriesName& b) {
    return std::tie(a.metric, a.variant) < std::tie(b.metric, b.variant);
  });
  return series;
}

namespace {

// A curve on its way to a chart. Curves with fewer points than samples are shown as they are; the
// rest share bucket widths, which are known only once all were seen.
struct Long {
  size_t chart;
  std::optional<es::CurveReader> reader;  // over iterations
  es::Points points;                      // over time, whose order may be another
};

Status ThinByIteration(es::CurveReader& reader, int64_t width, domain::Curve& to) {
  domain::Downsampler sampler(width);
  FURROW_TRY(reader.ForEach([&](std::span<const int64_t> iter, std::span<const double> value) {
    sampler.Add(iter, value);
  }));
  to = sampler.Take();
  return {};
}

Result<std::vector<Chart>> ChartsByIteration(const es::Store& store, std::string_view owner,
                                             const ChartRequest& request) {
  std::vector<Chart> charts;
  std::vector<Long> longs;
  std::vector<domain::CurveExtent> extents;
  FURROW_ASSIGN(auto series, SelectSeries(store, owner, request.selection));
  for (es::SeriesName& name : series) {
    FURROW_ASSIGN(auto reader, store.OpenCurve(owner, name.metric, name.variant));
    if (!reader) continue;
    Chart& chart = charts.emplace_back(Chart{std::move(name), {}});
    if (reader->size() < request.samples) {
      FURROW_TRY(ThinByIteration(*reader, 1, chart.curve));
      continue;
    }
    extents.push_back({reader->iter_first(), reader->iter_last(), reader->size()});
    if (longs.size() >= kReadersKeptMax) reader.reset();
    longs.push_back({charts.size() - 1, std::move(reader), {}});
  }
  const std::vector<int64_t> widths = domain::SharedWidths(extents, request.samples);
  for (size_t i = 0; i < longs.size(); ++i) {
    Chart& chart = charts[longs[i].chart];
    if (!longs[i].reader) {
      FURROW_ASSIGN(longs[i].reader,
                    store.OpenCurve(owner, chart.series.metric, chart.series.variant));
    }
    if (longs[i].reader) FURROW_TRY(ThinByIteration(*longs[i].reader, widths[i], chart.curve));
    longs[i].reader.reset();
  }
  return charts;
}

Result<std::vector<Chart>> ChartsByTime(const es::Store& store, std::string_view owner,
                                        const ChartRequest& request) {
  std::vector<Chart> charts;
  std::vector<Long> longs;
  std::vector<domain::CurveExtent> extents;
  size_t points_kept = 0;
  FURROW_ASSIGN(auto series, SelectSeries(store, owner, request.selection));
  for (es::SeriesName& name : series) {
    FURROW_ASSIGN(es::Points points, store.Curve(owner, name.metric, name.variant));
    if (points.size() == 0) continue;
    Chart& chart = charts.emplace_back(Chart{std::move(name), {}});
    const std::vector<int64_t>& x = points.time_ms;
    if (points.size() < request.samples) {
      chart.curve = domain::Downsample(x, points.value, 1);
      continue;
    }
    const auto [low, high] = std::minmax_element(x.begin(), x.end());
    extents.push_back({*low, *high, points.size()});
    Long& one = longs.emplace_back(Long{charts.size() - 1, {}, {}});
    if (points_kept + points.size() <= kPointsKeptMax) {
      points_kept += points.size();
      one.points = std::move(points);
    }
  }
  const std::vector<int64_t> widths = domain::SharedWidths(extents, request.samples);
  for (size_t i = 0; i < longs.size(); ++i) {
    Chart& chart = charts[longs[i].chart];
    es::Points points = std::move(longs[i].points);
    if (points.size() == 0) {
      FURROW_ASSIGN(points, store.Curve(owner, chart.series.metric, chart.series.variant));
    }
    chart.curve = domain::Downsample(points.time_ms, points.value, widths[i]);
  }
  return charts;
}

}  // namespace

Result<std::vector<Chart>> MakeCharts(const es::Store& store, std::string_view owner,
                                      const ChartRequest& request) {
  return request.axis == Axis::kIter ? ChartsByIteration(store, owner, request)
                                     : ChartsByTime(store, owner, request);
}

json::Value AxisValue(Axis axis, int64_t x) {
  return axis == Axis::kIsoTime ? json::Value(IsoMillis(x)) : json::Value(x);
}

json::Value ChartJson(const Chart& chart, Axis axis, std::string_view name) {
  json::Array x, y;
  x.reserve(chart.curve.x.size());
  y.reserve(chart.curve.y.size());
  for (const int64_t at : chart.curve.x) x.push_back(AxisValue(axis, at));
  for (const double value : chart.curve.y) y.push_back(value);
  json::Object out{{"name", name}, {"x", std::move(x)}, {"y", std::move(y)}};
  if (!chart.series.x_axis_label.empty()) out["x_axis_label"] = chart.series.x_axis_label;
  return out;
}

}  // namespace furrow::service::events
