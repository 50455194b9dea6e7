// SPDX-License-Identifier: Apache-2.0
// The entries of queues: a document for each task that stands in any, and their order in memory.
//
// A task's document says in which queues it stands, at which place, and to whom it is leased; the
// order of a queue is made from all of them when it is first asked for, and changed after each
// write. So an operation costs the same in a queue of ten entries and of a million.
//
// Functions with a Transaction are part of it and read what it has written; those without one see
// what is committed.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/call.h"
#include "base/status.h"
#include "domain/queue_line.h"
#include "entities/core.h"
#include "json/value.h"

namespace furrow::entities {

/// The order of every queue. Thread-safe. Lives as long as its Core.
class QueueIndex {
 public:
  /// How long an entry that was handed out belongs to whom it was given. Before the first use.
  void SetLeaseTime(std::chrono::seconds time) { lease_time_ = time; }
  std::chrono::microseconds lease_time() const { return lease_time_; }

  /// Reads all entries unless that is done. Within a transaction: nothing changes meanwhile.
  Status Load(docs::Transaction& t, const Core& core);
  bool loaded() const { return loaded_; }

  /// `use` gets the queue's line with all leases settled; it may not call back. A queue without
  /// entries has an empty one.
  void With(std::string_view queue, const Clock& clock,
            const std::function<void(domain::QueueLine&)>& use);
  void Drop(std::string_view queue);

 private:
  std::chrono::microseconds lease_time_ = domain::kLeaseTime;
  std::atomic<bool> loaded_{false};
  std::mutex mutex_;
  std::unordered_map<std::string, domain::QueueLine> lines_;  ///< guarded by mutex_
};

/// Names a caller: agents on one host share user and worker header, their sessions differ.
std::string HolderOf(const api::Call& call);

/// Now, by the clock that leases go by, and the life of the machine that it counts in.
domain::Ticks TicksOf(const Clock& clock);
const std::string& BootId();

/// Moves entries that an older version kept inside the queues' documents to their own. Once, before
/// anything else asks.
Status OpenQueues(Core& core);

// ---- reading

struct QueuedTask {
  std::string task;
  Micros added = 0;
};
/// The first `most` that wait, in order.
Result<std::vector<QueuedTask>> WaitingTasks(const Core& core, std::string_view queue,
                                             size_t most = SIZE_MAX);
Result<size_t> CountWaiting(const Core& core, std::string_view queue);
/// The queues in which the task waits.
Result<std::vector<std::string>> QueuesWith(const Core& core, std::string_view task);

// ---- changing

/// True when the task waits in the queue; one that is leased from it does not.
Result<bool> IsWaiting(docs::Transaction& t, const Core& core, std::string_view queue,
                       std::string_view task);
/// True when the queue has handed the task to somebody else than `holder`, who may begin it any
/// moment. A retry of the call that queued it, its answer lost, must not queue it anew.
Result<bool> IsInOtherHands(docs::Transaction& t, const Core& core, std::string_view queue,
                            const json::Value& task, std::string_view holder);
/// Puts the task at the end of the queue; leases of it, there and elsewhere, are over.
Status AppendEntry(docs::Transaction& t, const Core& core, std::string_view queue,
                   std::string_view task, Micros now);
/// Takes a waiting entry out; false when there is none.
Result<bool> RemoveEntry(docs::Transaction& t, const Core& core, std::string_view queue,
                         std::string_view task, Micros now);
/// Takes the task out of every queue, leased or not; true when it waited in one.
Result<bool> RemoveFromQueues(docs::Transaction& t, const Core& core, std::string_view task,
                              Micros now);
/// The task began, or became something else: whoever it was handed to has it.
Status EndLeases(docs::Transaction& t, const Core& core, std::string_view task);
/// The new position among those that wait; nullopt when the task does not.
Result<std::optional<size_t>> MoveEntry(docs::Transaction& t, const Core& core,
                                        std::string_view queue, std::string_view task,
                                        domain::QueueMove move, int64_t count, Micros now);

/// A task's standing in one queue, read for a change.
struct Standing {
  json::Value doc;  ///< of the task's entries
  size_t at = 0;    ///< of the queue among doc["in"]
  json::Value& slot() { return doc["in"].array()[at]; }
  const json::Value& slot() const { return doc.At("in").array()[at]; }
};
Result<std::optional<Standing>> FindStanding(docs::Transaction& t, std::string_view queue,
                                             std::string_view task);
/// Takes it out. Changes neither the queue's document nor the task's.
Status Remove(docs::Transaction& t, const Core& core, Standing standing);
/// Leases it to the holder from now on; `task` is the task as it is then.
Status Grant(docs::Transaction& t, const Core& core, Standing standing, std::string_view holder,
             const json::Value& task);
/// The queue's last_update.
Status TouchQueue(docs::Transaction& t, std::string_view queue, Micros now);

}  // namespace furrow::entities
