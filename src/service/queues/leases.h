// SPDX-License-Identifier: Apache-2.0
// Entries handed to a worker that has not begun them yet. The answer that carried one may have been
// lost, so for a while the same worker asking again gets the same entry, and after that the entry
// goes back to the head of its queue: a task is never lost and never handed to two.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"
#include "json/value.h"

namespace furrow::service::queues {

inline constexpr std::chrono::seconds kLeaseTime{60};

/// Names a caller: agents on one host share user and worker header, their sessions differ.
std::string HolderOf(std::string_view user, std::string_view worker, std::string_view session);

/// A queue's `leases` holds {task, added, holder, id, status_changed}. A lease is void once its
/// task has changed status since, or stands in a queue again.
json::Value MakeLease(const json::Value& entry, std::string_view holder, const json::Value& task);
bool IsVoid(const json::Value& lease, const json::Value& task);

/// How long leases have run, by the monotonic clock: the wall clock may jump. After a restart they
/// begin anew. Thread-safe.
class LeaseTimes {
 public:
  explicit LeaseTimes(const Clock& clock) : clock_(clock) {}

  /// Counts from the first call for this lease.
  bool HasRunOut(const json::Value& lease);
  void Forget(const json::Value& lease);

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::chrono::steady_clock::time_point> begun_;
};

}  // namespace furrow::service::queues
