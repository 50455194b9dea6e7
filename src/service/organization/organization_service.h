// SPDX-License-Identifier: Apache-2.0
// The `organization` service: what concerns the company as a whole.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"

namespace furrow::service::organization {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

Status GetTags(Context&, api::Call&);
Status GetUserCompanies(Context&, api::Call&);
Status GetEntitiesCount(Context&, api::Call&);

}  // namespace furrow::service::organization
