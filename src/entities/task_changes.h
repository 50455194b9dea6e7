// SPDX-License-Identifier: Apache-2.0
// Changes of a task's status and of the queue that holds it, inside a transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "domain/task_status.h"
#include "entities/core.h"
#include "entities/queue_entries.h"
#include "json/value.h"

namespace furrow::entities {

/// The task, or 400/101.
Result<json::Value> GetTask(docs::Transaction& t, std::string_view id);
domain::TaskStatus StatusOf(const json::Value& task);

struct StatusChange {
  domain::TaskStatus to;
  std::string reason;
  std::string message;  ///< "" clears what was there, a stale "stopping" included
  bool force = false;
};

/// Sets the status and what goes with it in `task` (not stored yet). Returns the changed members as
/// the answer's `fields`. Errors: 400/110.
Result<json::Value> ChangeStatus(json::Value& task, const Actor& actor, const StatusChange& change);

/// last_update, last_change, last_changed_by.
void MarkChanged(json::Value& task, const Actor& actor);
/// Stores the task and moves its project's last_update on.
Status PutTask(docs::Transaction& t, json::Value task, Micros now);

/// The queue, or 400/701.
Result<json::Value> GetQueue(docs::Transaction& t, std::string_view id);
/// Of that exact name, nullopt when none.
Result<std::optional<json::Value>> FindQueue(docs::Transaction& t, std::string_view name);
Result<json::Value> CreateQueue(docs::Transaction& t, const Core& core, const Actor& actor,
                                std::string_view name, const json::Value& fields);
/// The queue with system tag "default", or 400/707.
Result<json::Value> DefaultQueue(docs::Transaction& t);

struct Enqueue {
  std::string queue_id;    ///< "" : queue_name, else the default queue
  std::string queue_name;  ///< made when missing
  std::string reason, message;
  bool update_execution_queue = true;
  bool force = false;
  std::string holder;  ///< who asks, see HolderOf: one who was handed the task may queue it anew
};

/// Queues the task; saves both. Returns `fields`. Errors: 400/706 when it is queued, also when it
/// was just handed to somebody from that queue, 400/701,
/// 400/707, 400/110.
Result<json::Value> EnqueueTask(docs::Transaction& t, const Core& core, const Actor& actor,
                                json::Value task, const Enqueue& how);

/// Takes a queued task out of its queue; its status becomes `new_status`, else what it was before
/// it was queued, else created. Returns `fields`.
Result<json::Value> DequeueTask(docs::Transaction& t, const Core& core, const Actor& actor,
                                json::Value task, std::string_view new_status,
                                std::string_view reason, std::string_view message);

/// True when some live worker listens to the queue.
Result<bool> IsQueueWatched(const Core& core, std::string_view queue_id, Micros now);

}  // namespace furrow::entities
