// SPDX-License-Identifier: Apache-2.0
// The `events` service: what runs report, taken in batches and given back as curves, logs, plots
// and images.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "service/events/cursors.h"

namespace furrow::service::events {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  Cursors cursors{core.clock};
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// The handlers, by file.

// events_add.cc
Status Add(Context&, api::Call&);
Status AddBatch(Context&, api::Call&);

// events_log.cc
Status GetTaskLog(Context&, api::Call&);
Status GetTaskLogScrolled(Context&, api::Call&);  ///< before 2.9
Status ClearTaskLog(Context&, api::Call&);
Status DownloadTaskLog(Context&, api::Call&);

// events_scalars.cc
Status ScalarMetricsIterHistogram(Context&, api::Call&);
Status MultiTaskScalarMetricsIterHistogram(Context&, api::Call&);
Status GetTaskSingleValueMetrics(Context&, api::Call&);
Status GetTaskLatestScalarValues(Context&, api::Call&);

// events_raw.cc
Status GetTaskEvents(Context&, api::Call&);
Status GetScalarMetricData(Context&, api::Call&);
Status ScalarMetricsIterRaw(Context&, api::Call&);

// events_names.cc
Status GetTaskMetrics(Context&, api::Call&);
Status GetMultiTaskMetrics(Context&, api::Call&);
Status GetScalarMetricsAndVariants(Context&, api::Call&);
Status GetVectorMetricsAndVariants(Context&, api::Call&);

// events_plots.cc
Status GetTaskPlots(Context&, api::Call&);
Status GetMultiTaskPlots(Context&, api::Call&);
Status VectorMetricsIterHistogram(Context&, api::Call&);

// events_images.cc
Status DebugImages(Context&, api::Call&);
Status DebugImagesOfTask(Context&, api::Call&);  ///< before 2.7
Status Plots(Context&, api::Call&);
Status ClearScroll(Context&, api::Call&);

// events_samples.cc
Status GetDebugImageSample(Context&, api::Call&);
Status NextDebugImageSample(Context&, api::Call&);
Status GetPlotSample(Context&, api::Call&);
Status NextPlotSample(Context&, api::Call&);

// events_delete.cc
Status DeleteForTask(Context&, api::Call&);
Status DeleteForModel(Context&, api::Call&);

}  // namespace furrow::service::events
