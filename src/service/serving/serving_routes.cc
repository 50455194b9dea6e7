// SPDX-License-Identifier: Apache-2.0
#include "service/serving/serving_service.h"

namespace furrow::service::serving {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"serving.container_status_report", {1, 0}, Permission::kEdit, ContainerStatusReport},
    {"serving.get_endpoint_details", {1, 0}, Permission::kRead, GetEndpointDetails, true},
    {"serving.get_endpoint_metrics_history",
     {1, 0},
     Permission::kRead,
     GetEndpointMetricsHistory,
     true},
    {"serving.get_endpoints", {1, 0}, Permission::kRead, GetEndpoints, true},
    {"serving.get_loading_instances", {1, 0}, Permission::kRead, GetLoadingInstances, true},
    {"serving.register_container", {1, 0}, Permission::kEdit, RegisterContainer},
    {"serving.unregister_container", {1, 0}, Permission::kEdit, UnregisterContainer},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::serving
