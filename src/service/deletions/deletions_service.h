// SPDX-License-Identifier: Apache-2.0
// The `deletions` service, Furrow's own: how far deletions are.
#pragma once

#include <vector>

#include "api/call.h"
#include "service/deletions/worker.h"

namespace furrow::service::deletions {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  Worker& worker;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

/// {pending, oldest, files, bytes, files_missing, files_kept, runs, projects, failures}
Status GetProgress(Context&, api::Call&);

}  // namespace furrow::service::deletions
