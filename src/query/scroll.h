// SPDX-License-Identifier: Apache-2.0
// Walking through a result batch by batch. A cursor knows what it has given: however documents
// change on the way, none is given twice, and none that matches to the end is left out.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "base/status.h"
#include "base/time.h"
#include "json/value.h"
#include "store/docs/docs.h"

namespace furrow::query {

struct ScrollLimits {
  std::chrono::seconds idle_max{600};  ///< a cursor not used for this long is dropped
  size_t cursors_max = 1000;           ///< beyond it those unused for longest are dropped
  size_t bytes_max = 64u << 20;        ///< of all cursors together, likewise
};

struct ScrollRequest {
  std::string scroll_id;  ///< empty: begin
  int64_t size = 0;
  bool refresh = false;  ///< query again, give all that was given so far
};

struct ScrollBatch {
  docs::SharedPage page;
  std::string scroll_id;  ///< for the next batch; an empty batch is the end
};

/// Thread-safe.
class Scrolls {
 public:
  explicit Scrolls(const Clock& clock, ScrollLimits limits = {}) : clock_(clock), limits_(limits) {}

  /// nullopt when the request does not scroll: it names neither `scroll_id` (null begins) nor
  /// `size`. Errors: 400/12, 400/1104 for a scroll id that is no text.
  static Result<std::optional<ScrollRequest>> Read(const json::Value& request);

  /// The next batch of the walk, which goes on as it began: `plan` counts, but for its window, when
  /// it begins or is refreshed. Errors: 400/1104 when there is no such cursor (any more); what
  /// FindIds gives.
  Result<ScrollBatch> Next(const docs::Store& store, docs::CollectionId collection,
                           const docs::Plan& plan, const ScrollRequest& request);

  size_t cursors() const;
  size_t bytes() const;

 private:
  struct Cursor {
    Mutex mutex;  // one batch of a walk at a time: guards `plan` to `complete`
    std::string id;
    docs::CollectionId collection = 0;
    docs::Plan plan;
    std::string packed;  // ids, see Pack: first those given, then the next ones
    size_t given = 0;    // bytes of `packed` given out
    size_t ids_given = 0;
    bool complete = false;  // nothing comes after `packed`
    size_t counted = 0;     // bytes counted in bytes_; guarded by Scrolls::mutex_
    std::chrono::steady_clock::time_point used;  // guarded by Scrolls::mutex_
  };

  static Status Extend(const docs::Store& store, Cursor& cursor, size_t wanted);
  Result<std::shared_ptr<Cursor>> Open(const ScrollRequest& request, docs::CollectionId collection);
  void Account(const std::shared_ptr<Cursor>& cursor, size_t bytes);
  void Drop(std::list<std::shared_ptr<Cursor>>::iterator it) FURROW_REQUIRES(mutex_);

  const Clock& clock_;
  const ScrollLimits limits_;
  mutable Mutex mutex_;
  std::list<std::shared_ptr<Cursor>> cursors_ FURROW_GUARDED_BY(mutex_);  // last used first
  std::unordered_map<std::string, std::list<std::shared_ptr<Cursor>>::iterator> by_id_
      FURROW_GUARDED_BY(mutex_);
  size_t bytes_ FURROW_GUARDED_BY(mutex_) = 0;
};

}  // namespace furrow::query
