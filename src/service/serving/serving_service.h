// SPDX-License-Identifier: Apache-2.0
// The `serving` service: containers that serve a model report themselves.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"

namespace furrow::service::serving {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

}  // namespace furrow::service::serving
