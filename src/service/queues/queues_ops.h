// SPDX-License-Identifier: Apache-2.0
// What the queue handlers share.
#pragma once

#include <functional>

#include "entities/many.h"
#include "service/queues/queues_service.h"

namespace furrow::service::queues {

/// Changes the call's queue in one transaction and stores it with a new last_update; `change` may
/// fill the answer. Errors: 400/701.
Status ChangeQueue(Context&, api::Call&,
                   const std::function<Status(docs::Transaction&, json::Value& queue)>& change);

/// The queue as stored. Errors: 400/701.
Result<docs::DocPtr> FindQueue(const Context&, const std::string& id);

}  // namespace furrow::service::queues
