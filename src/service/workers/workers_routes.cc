// SPDX-License-Identifier: Apache-2.0
#include "service/workers/workers_service.h"

namespace furrow::service::workers {
namespace {

using auth::Permission;

constexpr api::RouteOf<Context> kRoutes[] = {
    {"workers.get_activity_report", {2, 4}, Permission::kRead, GetActivityReport, true},
    {"workers.get_all", {2, 4}, Permission::kRead, GetAll, true},
    {"workers.get_count", {1, 0}, Permission::kRead, GetCount, true},
    {"workers.get_metric_keys", {2, 4}, Permission::kRead, GetMetricKeys, true},
    {"workers.get_stats", {2, 4}, Permission::kRead, GetStats, true},
    {"workers.register", {2, 4}, Permission::kEdit, Register},
    {"workers.status_report", {2, 4}, Permission::kEdit, StatusReport},
    {"workers.unregister", {2, 4}, Permission::kEdit, Unregister},
};

}  // namespace

void AddEndpoints(Context& context, std::vector<api::Endpoint>& out) {
  api::Bind(kRoutes, context, out);
}

}  // namespace furrow::service::workers
