// SPDX-License-Identifier: Apache-2.0
// The `projects` service: the tree that tasks and models live in, and what a project's screen shows
// of them.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "entities/listing.h"

namespace furrow::service::projects {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::Lister& lister;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// The handlers, by file. Each reads its request, applies the rules and fills the answer.

// projects_edit.cc
Status Create(Context&, api::Call&);
Status Update(Context&, api::Call&);
Status Move(Context&, api::Call&);
Status Merge(Context&, api::Call&);
Status MakePublic(Context&, api::Call&);
Status MakePrivate(Context&, api::Call&);

// projects_delete.cc
Status Delete(Context&, api::Call&);
Status ValidateDelete(Context&, api::Call&);

// projects_query.cc
Status GetAll(Context&, api::Call&);
Status GetAllEx(Context&, api::Call&);
Status GetById(Context&, api::Call&);

// projects_facets.cc
Status GetTaskTags(Context&, api::Call&);
Status GetModelTags(Context&, api::Call&);
Status GetProjectTags(Context&, api::Call&);
Status GetTaskParents(Context&, api::Call&);
Status GetUserNames(Context&, api::Call&);

// projects_params.cc
Status GetUniqueMetricVariants(Context&, api::Call&);
Status GetHyperParameters(Context&, api::Call&);
Status GetHyperparamValues(Context&, api::Call&);
Status GetModelMetadataKeys(Context&, api::Call&);
Status GetModelMetadataValues(Context&, api::Call&);

}  // namespace furrow::service::projects
