// SPDX-License-Identifier: Apache-2.0
// Where a client stands in a listing whose scroll_id must stay the same from page to page.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "base/time.h"
#include "json/value.h"

namespace furrow::service::events {

/// Kept in memory for 600 s after their last use, at most kCountMax: the longest unused go first.
/// Thread-safe.
class Cursors {
 public:
  static constexpr size_t kCountMax = 10'000;
  static constexpr std::chrono::seconds kLifetime{600};

  explicit Cursors(const Clock& clock) : clock_(clock) {}

  /// A new id for `state`.
  std::string Open(json::Value state);
  /// nullopt when there is none of that id, or no longer.
  std::optional<json::Value> Get(std::string_view id);
  /// Replaces the state; makes the cursor again when it is gone.
  void Set(std::string_view id, json::Value state);
  void Close(std::string_view id);

 private:
  struct Entry {
    std::string id;
    json::Value state;
    std::chrono::steady_clock::time_point used;
  };
  using Entries = std::list<Entry>;  // the longest unused first

  void DropOld() FURROW_REQUIRES(mutex_);

  const Clock& clock_;
  Mutex mutex_;
  Entries entries_ FURROW_GUARDED_BY(mutex_);
  std::unordered_map<std::string_view, Entries::iterator> by_id_ FURROW_GUARDED_BY(mutex_);
};

}  // namespace furrow::service::events
