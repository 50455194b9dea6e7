// SPDX-License-Identifier: Apache-2.0
#include "service/events/charts.h"

#include <algorithm>
#include <optional>
#include <span>
#include <tuple>

#include "service/events/event_json.h"

namespace furrow::service::events {
namespace {

// Curves, and raw points of them, kept between the two passes; others are read again.
constexpr size_t kCurvesKeptMax = 64;
constexpr size_t kPointsKeptMax = 2'000'000;

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

// One curve along an axis. By iterations it is read piece by piece; times may stand in another
// order, so its points are held.
class AxisCurve {
 public:
  /// nullopt when there is no such curve.
  static Result<std::optional<AxisCurve>> Open(const es::Store& store, std::string_view owner,
                                               const es::SeriesName& name, Axis axis);

  const domain::CurveExtent& extent() const { return extent_; }
  /// Points in memory.
  size_t held() const { return reader_ ? 0 : points_.size(); }
  Result<domain::Curve> Thin(int64_t width);

 private:
  domain::CurveExtent extent_;
  std::optional<es::CurveReader> reader_;
  es::Points points_;
};

Result<std::optional<AxisCurve>> AxisCurve::Open(const es::Store& store, std::string_view owner,
                                                 const es::SeriesName& name, Axis axis) {
  AxisCurve out;
  if (axis == Axis::kIter) {
    FURROW_ASSIGN(out.reader_, store.OpenCurve(owner, name.metric, name.variant));
    if (!out.reader_) return std::optional<AxisCurve>();
    out.extent_ = {out.reader_->iter_first(), out.reader_->iter_last(), out.reader_->size()};
    return std::optional(std::move(out));
  }
  FURROW_ASSIGN(out.points_, store.Curve(owner, name.metric, name.variant));
  if (out.points_.size() == 0) return std::optional<AxisCurve>();
  const auto [low, high] =
      std::minmax_element(out.points_.time_ms.begin(), out.points_.time_ms.end());
  out.extent_ = {*low, *high, out.points_.size()};
  return std::optional(std::move(out));
}

Result<domain::Curve> AxisCurve::Thin(int64_t width) {
  if (!reader_) return domain::Downsample(points_.time_ms, points_.value, width);
  domain::Downsampler sampler(width);
  FURROW_TRY(reader_->ForEach([&](std::span<const int64_t> iter, std::span<const double> value) {
    sampler.Add(iter, value);
  }));
  return sampler.Take();
}

}  // namespace

Result<std::vector<Chart>> MakeCharts(const es::Store& store, std::string_view owner,
                                      const ChartRequest& request) {
  std::vector<Chart> charts;
  // Curves with fewer points than samples are shown as they are; the rest share bucket widths,
  // which are known only once all were seen.
  struct Long {
    size_t chart;
    std::optional<AxisCurve> curve;  // empty: opened again, there are too many to keep
  };
  std::vector<Long> longs;
  std::vector<domain::CurveExtent> extents;
  size_t points_kept = 0;
  FURROW_ASSIGN(auto series, SelectSeries(store, owner, request.selection));
  for (es::SeriesName& name : series) {
    FURROW_ASSIGN(auto curve, AxisCurve::Open(store, owner, name, request.axis));
    if (!curve) continue;
    Chart& chart = charts.emplace_back(Chart{std::move(name), {}});
    if (curve->extent().count < request.samples) {
      FURROW_ASSIGN(chart.curve, curve->Thin(1));
      continue;
    }
    extents.push_back(curve->extent());
    if (longs.size() >= kCurvesKeptMax || points_kept + curve->held() > kPointsKeptMax) {
      curve.reset();
    } else {
      points_kept += curve->held();
    }
    longs.push_back({charts.size() - 1, std::move(curve)});
  }
  const std::vector<int64_t> widths = domain::SharedWidths(extents, request.samples);
  for (size_t i = 0; i < longs.size(); ++i) {
    Chart& chart = charts[longs[i].chart];
    std::optional<AxisCurve> curve = std::move(longs[i].curve);
    longs[i].curve.reset();
    if (!curve) {
      FURROW_ASSIGN(curve, AxisCurve::Open(store, owner, chart.series, request.axis));
    }
    if (curve) {
      FURROW_ASSIGN(chart.curve, curve->Thin(widths[i]));
    }
  }
  return charts;
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
