// SPDX-License-Identifier: Apache-2.0
// The `models` service: the registry of models, from their creation to their deletion.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "entities/listing.h"

namespace furrow::service::models {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::Lister& lister;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// The handlers, by file. Each reads its request, applies the rules in one transaction and fills
// the answer.

// models_edit.cc
Status Create(Context&, api::Call&);
Status Edit(Context&, api::Call&);
Status Update(Context&, api::Call&);
Status UpdateTags(Context&, api::Call&);
Status AddOrUpdateMetadata(Context&, api::Call&);
Status DeleteMetadata(Context&, api::Call&);
Status Move(Context&, api::Call&);
Status MakePublic(Context&, api::Call&);
Status MakePrivate(Context&, api::Call&);
Status UpdateForTask(Context&, api::Call&);

// models_status.cc
Status SetReady(Context&, api::Call&);
Status PublishMany(Context&, api::Call&);
Status ArchiveMany(Context&, api::Call&);
Status UnarchiveMany(Context&, api::Call&);
Status Delete(Context&, api::Call&);
Status DeleteMany(Context&, api::Call&);

// models_query.cc
Status GetAll(Context&, api::Call&);
Status GetAllEx(Context&, api::Call&);
Status GetById(Context&, api::Call&);
Status GetByIdEx(Context&, api::Call&);
Status GetByTaskId(Context&, api::Call&);
Status GetFrameworks(Context&, api::Call&);

}  // namespace furrow::service::models
