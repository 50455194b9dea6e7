// SPDX-License-Identifier: Apache-2.0
#include "service/events/events_service.h"

namespace furrow::service::events {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"events.add", {1, 0}, Permission::kEdit, Add},
    {"events.add_batch", {1, 0}, Permission::kEdit, AddBatch, false, true},
    {"events.clear_scroll", {2, 18}, Permission::kRead, ClearScroll, true},
    {"events.clear_task_log", {1, 0}, Permission::kEdit, ClearTaskLog},
    {"events.debug_images", {1, 0}, Permission::kRead, DebugImagesOfTask, true},
    {"events.debug_images", {2, 7}, Permission::kRead, DebugImages, true},
    {"events.delete_for_model", {1, 0}, Permission::kEdit, DeleteForModel},
    {"events.delete_for_task", {1, 0}, Permission::kEdit, DeleteForTask},
    {"events.download_task_log", {1, 0}, Permission::kRead, DownloadTaskLog, true},
    {"events.get_debug_image_sample", {2, 12}, Permission::kRead, GetDebugImageSample, true},
    {"events.get_multi_task_metrics", {1, 0}, Permission::kRead, GetMultiTaskMetrics, true},
    {"events.get_multi_task_plots", {1, 0}, Permission::kRead, GetMultiTaskPlots, true},
    {"events.get_plot_sample", {1, 0}, Permission::kRead, GetPlotSample, true},
    {"events.get_scalar_metric_data", {1, 0}, Permission::kRead, GetScalarMetricData, true},
    {"events.get_scalar_metrics_and_variants",
     {1, 0},
     Permission::kRead,
     GetScalarMetricsAndVariants,
     true},
    {"events.get_task_events", {1, 0}, Permission::kRead, GetTaskEvents, true},
    {"events.get_task_latest_scalar_values",
     {1, 0},
     Permission::kRead,
     GetTaskLatestScalarValues,
     true},
    {"events.get_task_log", {1, 0}, Permission::kRead, GetTaskLogScrolled, true},
    {"events.get_task_log", {2, 9}, Permission::kRead, GetTaskLog, true},
    {"events.get_task_metrics", {1, 0}, Permission::kRead, GetTaskMetrics, true},
    {"events.get_task_plots", {1, 0}, Permission::kRead, GetTaskPlots, true},
    {"events.get_task_single_value_metrics",
     {1, 0},
     Permission::kRead,
     GetTaskSingleValueMetrics,
     true},
    {"events.get_vector_metrics_and_variants",
     {1, 0},
     Permission::kRead,
     GetVectorMetricsAndVariants,
     true},
    {"events.multi_task_scalar_metrics_iter_histogram",
     {1, 0},
     Permission::kRead,
     MultiTaskScalarMetricsIterHistogram,
     true},
    {"events.next_debug_image_sample", {2, 12}, Permission::kRead, NextDebugImageSample, true},
    {"events.next_plot_sample", {1, 0}, Permission::kRead, NextPlotSample, true},
    {"events.plots", {1, 0}, Permission::kRead, Plots, true},
    {"events.scalar_metrics_iter_histogram",
     {1, 0},
     Permission::kRead,
     ScalarMetricsIterHistogram,
     true},
    {"events.scalar_metrics_iter_raw", {2, 16}, Permission::kRead, ScalarMetricsIterRaw, true},
    {"events.vector_metrics_iter_histogram",
     {1, 0},
     Permission::kRead,
     VectorMetricsIterHistogram,
     true},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::events
