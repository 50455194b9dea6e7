// SPDX-License-Identifier: Apache-2.0
// What a queue's document holds and what of it clients see.
#pragma once

#include "entities/listing.h"

namespace furrow::service::queues {

/// The queue as clients read it: without its leases, metadata keys as users wrote them, at most the
/// call's max_task_entries entries.
void QueueView(json::Value& queue, const api::Call& call);

entities::Listing QueueListing(bool extended);

/// Stores the queue, changed now.
Status PutQueue(docs::Transaction& t, json::Value queue, Micros now);

/// Forgets that entries of the task were handed out: in `queue` (not stored) and in every other
/// one.
Status DropLeases(docs::Transaction& t, json::Value& queue, std::string_view task);

/// A queued task goes back to what it was before it was queued, or to created. Leaves its queue
/// entry to the caller.
Status RestoreTask(docs::Transaction& t, const entities::Actor& actor, std::string_view task,
                   std::string_view reason);

}  // namespace furrow::service::queues
