// SPDX-License-Identifier: Apache-2.0
// Curves of a run thinned for a chart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "domain/downsample.h"
#include "service/events/event_types.h"
#include "service/events/selection.h"

namespace furrow::service::events {

enum class Axis { kIter, kTimestamp, kIsoTime };
std::string_view NameOf(Axis axis);

struct ChartRequest {
  Axis axis = Axis::kIter;
  size_t samples = domain::kSamplesDefault;
  Selection selection;
};
/// The call's `key`, `samples` and `metrics`. Errors: 400/16, 400/20.
Result<ChartRequest> ReadChartRequest(api::Call& call);
Result<Axis> ReadAxis(api::Call& call);

struct Chart {
  es::SeriesName series;
  domain::Curve curve;
};
/// By metric, then variant. Holds few raw points at a time, however long the curves are.
Result<std::vector<Chart>> MakeCharts(const es::Store& store, std::string_view owner,
                                      const ChartRequest& request);

/// x as the axis shows it: numbers, or texts of time.
json::Value AxisValue(Axis axis, int64_t x);
/// {name, x, y, x_axis_label?}
json::Value ChartJson(const Chart& chart, Axis axis, std::string_view name);

/// Series of the owner that are selected, by metric, then variant.
Result<std::vector<es::SeriesName>> SelectSeries(const es::Store& store, std::string_view owner,
                                                 const Selection& selection);

}  // namespace furrow::service::events
