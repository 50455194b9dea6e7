// SPDX-License-Identifier: Apache-2.0
// The `queues` service: ordered tasks that wait for a worker.
#pragma once

#include <vector>

#include "api/call.h"
#include "entities/core.h"
#include "entities/listing.h"
#include "service/queues/sampler.h"

namespace furrow::service::queues {

/// Outlives the endpoints bound to it. Thread-safe.
struct Context {
  entities::Core& core;
  entities::Lister& lister;
  Sampler sampler{core};
};

/// Appends the service's endpoints.
void AddEndpoints(Context& context, std::vector<api::Endpoint>& out);

// queues_edit.cc
Status Create(Context&, api::Call&);
Status Update(Context&, api::Call&);
Status Delete(Context&, api::Call&);
Status AddOrUpdateMetadata(Context&, api::Call&);
Status DeleteMetadata(Context&, api::Call&);

// queues_entries.cc
Status AddTask(Context&, api::Call&);
Status RemoveTask(Context&, api::Call&);
Status ClearQueue(Context&, api::Call&);
Status MoveTaskToFront(Context&, api::Call&);
Status MoveTaskToBack(Context&, api::Call&);
Status MoveTaskForward(Context&, api::Call&);
Status MoveTaskBackward(Context&, api::Call&);
Status MoveTaskToQueue(Context&, api::Call&);

// queues_next.cc
Status GetNextTask(Context&, api::Call&);

// queues_query.cc
Status GetAll(Context&, api::Call&);
Status GetAllEx(Context&, api::Call&);
Status GetById(Context&, api::Call&);
Status GetDefault(Context&, api::Call&);
Status GetByTaskId(Context&, api::Call&);
Status GetNumEntries(Context&, api::Call&);
Status PeekTask(Context&, api::Call&);

// queues_metrics.cc
Status GetQueueMetrics(Context&, api::Call&);

}  // namespace furrow::service::queues
