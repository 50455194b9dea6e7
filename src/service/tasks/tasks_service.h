// SPDX-License-Identifier: Apache-2.0
// The `tasks` service: experiments from their creation to their deletion.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "entities/listing.h"

namespace furrow::service::tasks {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::Lister& lister;
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// The handlers, by file. Each reads its request, applies the rules in one transaction and fills
// the answer.

// tasks_status.cc
Status Started(Context&, api::Call&);
Status Stop(Context&, api::Call&);
Status Stopped(Context&, api::Call&);
Status Completed(Context&, api::Call&);
Status Failed(Context&, api::Call&);
Status Close(Context&, api::Call&);
Status Publish(Context&, api::Call&);
Status Enqueue(Context&, api::Call&);
Status Dequeue(Context&, api::Call&);
Status Ping(Context&, api::Call&);
Status Archive(Context&, api::Call&);

// tasks_many.cc
Status StopMany(Context&, api::Call&);
Status PublishMany(Context&, api::Call&);
Status EnqueueMany(Context&, api::Call&);
Status DequeueMany(Context&, api::Call&);
Status ArchiveMany(Context&, api::Call&);
Status UnarchiveMany(Context&, api::Call&);
Status DeleteMany(Context&, api::Call&);
Status ResetMany(Context&, api::Call&);

// tasks_edit.cc
Status Create(Context&, api::Call&);
Status Clone(Context&, api::Call&);
Status Edit(Context&, api::Call&);
Status Update(Context&, api::Call&);
Status UpdateBatch(Context&, api::Call&);
Status UpdateTags(Context&, api::Call&);
Status SetRequirements(Context&, api::Call&);
Status Move(Context&, api::Call&);
Status Validate(Context&, api::Call&);
Status MakePrivate(Context&, api::Call&);
Status MakePublic(Context&, api::Call&);

// tasks_params.cc
Status EditHyperParams(Context&, api::Call&);
Status DeleteHyperParams(Context&, api::Call&);
Status GetHyperParams(Context&, api::Call&);
Status EditConfiguration(Context&, api::Call&);
Status DeleteConfiguration(Context&, api::Call&);
Status GetConfigurations(Context&, api::Call&);
Status GetConfigurationNames(Context&, api::Call&);
Status EditRuntime(Context&, api::Call&);

// tasks_outputs.cc
Status AddOrUpdateArtifacts(Context&, api::Call&);
Status DeleteArtifacts(Context&, api::Call&);
Status AddOrUpdateModel(Context&, api::Call&);
Status DeleteModels(Context&, api::Call&);

// tasks_delete.cc
Status Delete(Context&, api::Call&);
Status Reset(Context&, api::Call&);

// tasks_query.cc
Status GetAll(Context&, api::Call&);
Status GetAllEx(Context&, api::Call&);
Status GetById(Context&, api::Call&);
Status GetByIdEx(Context&, api::Call&);
Status GetTypes(Context&, api::Call&);

}  // namespace furrow::service::tasks
