// SPDX-License-Identifier: Apache-2.0
// The `serving` service: containers that serve a model report themselves, and are shown by the
// endpoint they serve.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "entities/now_and_then.h"

namespace furrow::service::serving {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::NowAndThen cleaning{std::chrono::hours(1)};
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// serving_report.cc
Status RegisterContainer(Context&, api::Call&);
Status UnregisterContainer(Context&, api::Call&);
Status ContainerStatusReport(Context&, api::Call&);

// serving_query.cc
Status GetEndpoints(Context&, api::Call&);
Status GetLoadingInstances(Context&, api::Call&);
Status GetEndpointDetails(Context&, api::Call&);
Status GetEndpointMetricsHistory(Context&, api::Call&);

}  // namespace furrow::service::serving
