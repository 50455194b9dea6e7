// SPDX-License-Identifier: Apache-2.0
// A queue as clients see it: its document with the tasks that wait in it.
#pragma once

#include "entities/listing.h"

namespace furrow::service::queues {

/// Metadata keys as users wrote them.
void QueueView(json::Value& queue, const api::Call& call);

/// [{task, added}] of those that wait, at most the call's max_task_entries.
Result<json::Array> ShownEntries(const entities::Core& core, std::string_view queue,
                                 const api::Call& call);

entities::Listing QueueListing(bool extended);

/// Stores the queue, changed now.
Status PutQueue(docs::Transaction& t, json::Value queue, Micros now);

/// A queued task goes back to what it was before it was queued, or to created. Leaves its queue
/// entry to the caller.
Status RestoreTask(docs::Transaction& t, const entities::Actor& actor, std::string_view task,
                   std::string_view reason);
/// The same for several, whose entries in `queue` go too.
Status RestoreAll(docs::Transaction& t, const entities::Core& core, const entities::Actor& actor,
                  std::string_view queue, const std::vector<std::string>& tasks,
                  std::string_view reason);

}  // namespace furrow::service::queues
