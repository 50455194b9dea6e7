// SPDX-License-Identifier: Apache-2.0
// The insides of Engine, for the module's own files.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <rocksdb/db.h>

#include "store/kv/engine.h"

namespace furrow::store {

Status Convert(const rocksdb::Status& s);
/// The family whose key space RocksDB knows by `name`.
std::optional<Family> FamilyNamed(std::string_view name);

struct Engine::Rep {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  int lock_fd = -1;  // of a store opened read-only; RocksDB locks the others
  Status condition;  // found on opening read-only

  std::atomic<Ticket> durable{0};

  struct Waiter {
    Ticket ticket;
    std::function<void(Status)> then;
  };
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<Waiter> waiters;  // guarded by mutex
  Status failed;                // guarded by mutex; set once, for ever
  std::atomic<bool> broken{false};
  bool stop = false;  // guarded by mutex
  std::thread committer;

  ~Rep();
  rocksdb::ColumnFamilyHandle* handle(Family f) const { return handles[static_cast<size_t>(f)]; }
  // RocksDB moves this on before readers can see a write and after the log holds it: so it covers
  // all that anybody has read, and a sync that follows covers it.
  Ticket visible() const { return db->GetLatestSequenceNumber(); }
  void CommitLoop();
};

}  // namespace furrow::store
