// SPDX-License-Identifier: Apache-2.0
// Entries handed to a worker that has not begun them yet. The answer that carried one may have been
// lost, so for a while the same worker asking again gets the same entry, and after that anybody
// does: a task is never lost and never handed to two.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/call.h"
#include "base/status.h"
#include "entities/queue_entries.h"
#include "json/value.h"

namespace furrow::service::queues {

/// What a caller gets from a queue, inside a transaction.
class Handout {
 public:
  /// `only_task`: nothing else is wanted ("" for anything).
  Handout(entities::Core& core, docs::Transaction& t, const api::Call& call, std::string queue,
          std::string only_task);

  /// What the caller holds already, else the first that waits, leased to the caller from now on;
  /// null when there is none. On the way entries go whose task is gone, was begun meanwhile, or was
  /// offered too often, which fails it.
  Result<json::Value> Take();

 private:
  enum class Fit { kGood, kVoid, kSpent };
  /// `task`: null when it is gone.
  static Fit Judge(const json::Value& slot, const json::Value& task);
  Result<json::Value> TaskOf(const std::string& id);
  /// The task at that entry, unless the entry turned out not to be good and was removed.
  Result<std::optional<json::Value>> Check(entities::Standing& standing, const std::string& task);
  Result<json::Value> Held();
  Result<json::Value> First();

  entities::Core& core_;
  docs::Transaction& t_;
  const api::Call& call_;
  const std::string queue_, only_task_, holder_;
};

}  // namespace furrow::service::queues
