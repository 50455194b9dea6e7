// SPDX-License-Identifier: Apache-2.0
// The insides of Engine, for the module's own files.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/listener.h>
#include <rocksdb/wal_filter.h>

#include "store/kv/durable_mark.h"
#include "store/kv/engine.h"
#include "store/kv/reclaim.h"
#include "store/kv/space.h"

namespace furrow::store {

Status Convert(const rocksdb::Status& s);
/// Of space or of file descriptors: it goes on once there are some again.
bool IsShort(const rocksdb::Status& s);
bool IsShortOfFiles(const rocksdb::Status& s);
/// RocksDB's name of a family.
const char* FamilyName(Family family);
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
  size_t wake_at = 1;           // guarded by mutex: so many waiters wake the committer
  Status failed;                // guarded by mutex; set once, for ever
  std::atomic<bool> broken{false};
  bool stop = false;  // guarded by mutex
  std::thread committer;

  std::unique_ptr<rocksdb::WalFilter> guard;  // RocksDB keeps a pointer to it
  std::unique_ptr<Space> space;               // none when read-only
  // Known before anything is written to that log.
  std::atomic<uint64_t> newest_log{0};
  DurableMark mark;  // the commit thread's, and Resume's under resume_mutex
  std::string opening_note;
  std::unique_ptr<Reclaimer> reclaimer;  // none when read-only
  // The disk was full, or there were no descriptors: RocksDB takes no writes until Resume.
  std::atomic<bool> stalled{false};
  std::atomic<bool> few_files{false};  // the latter
  std::mutex resume_mutex;
  std::chrono::steady_clock::time_point resume_next;  // guarded by resume_mutex

  Status OpenToRead(const std::string& dir, const EngineOptions& options);
  Status OpenToWrite(const std::string& dir, const EngineOptions& options);
  ~Rep();
  rocksdb::ColumnFamilyHandle* handle(Family f) const { return handles[static_cast<size_t>(f)]; }
  // RocksDB moves this on before readers can see a write and after the log holds it: so it covers
  // all that anybody has read, and a sync that follows covers it.
  Ticket visible() const { return db->GetLatestSequenceNumber(); }
  void CommitLoop();
  // Whether a batch of `bytes` may be written now. `frees`: it deletes something.
  Status Admit(uint64_t bytes, bool frees);
  // Makes everything visible durable. Never tried again after a failure, unless that was a full
  // disk: then all that is in memory goes to new files.
  Status SyncLog();
  // After a full disk: spends the reserve, writes what is in memory to tables, begins a new log.
  // Tried a few times per second at most.
  Status Resume();
  void Break(const Status& why);
  void Stall(const rocksdb::Status& why);
  // What a stalled store answers.
  Status Stalled() const;
  class Listener;
  // What of RocksDB's events the engine acts upon; for the options.
  std::shared_ptr<rocksdb::EventListener> NewListener();
};

}  // namespace furrow::store
