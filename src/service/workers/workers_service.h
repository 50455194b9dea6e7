// SPDX-License-Identifier: Apache-2.0
// The `workers` service: who listens to which queues, and what each is running.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "entities/now_and_then.h"

namespace furrow::service::workers {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::NowAndThen cleaning{std::chrono::hours(1)};
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// workers_report.cc
Status Register(Context&, api::Call&);
Status Unregister(Context&, api::Call&);
Status StatusReport(Context&, api::Call&);

// workers_query.cc
Status GetAll(Context&, api::Call&);
Status GetCount(Context&, api::Call&);

// workers_stats.cc
Status GetStats(Context&, api::Call&);
Status GetActivityReport(Context&, api::Call&);
Status GetMetricKeys(Context&, api::Call&);

}  // namespace furrow::service::workers
