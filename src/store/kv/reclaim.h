// SPDX-License-Identifier: Apache-2.0
// Gives the space of deleted ranges back. RocksDB alone does so when it happens to rewrite the
// files they lie in: on a store that is written to no more, never.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <rocksdb/db.h>

#include "store/kv/engine.h"

namespace furrow::store {

/// Rewrites, on a thread of its own, the files that hold what lies in given ranges. Thread-safe.
class Reclaimer {
 public:
  /// `handles`: of the families, by number. Both outlive it.
  Reclaimer(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& handles);
  /// Breaks off what is under way: a range not yet rewritten costs space, nothing else.
  ~Reclaimer();

  /// [from, to), soon.
  void Ask(Family family, std::string_view from, std::string_view to);

 private:
  using Ranges = std::map<std::string, std::string>;  ///< from -> to
  void Run();

  rocksdb::DB& db_;
  const std::vector<rocksdb::ColumnFamilyHandle*>& handles_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::array<Ranges, static_cast<size_t>(Family::kCount_)> asked_;  // guarded by mutex_
  bool any_ = false;                                                // guarded by mutex_
  std::thread thread_;
};

}  // namespace furrow::store
