// SPDX-License-Identifier: Apache-2.0
// The one ordered key-value engine under documents and events, and the one log that makes them
// agree: a Batch may span families and is applied whole or not at all.
//
// Writes are visible to every reader as soon as Write returns, and durable once the group commit
// has synced the log behind them. Nobody may be told of a write, or of anything read, before that:
// OnDurable(engine.written(), answer) holds an answer back until everything written before the call
// is on disk. One sync serves all that wait.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace furrow::store {

/// The key spaces. Their numbers are part of the format (docs/formats/store.md).
enum class Family : uint8_t {
  kMeta = 0,  ///< format version, server identity
  kDocs,      ///< documents
  kEventLog,  ///< batches of events as arrived, until folded
  kSeries,    ///< sealed column blocks
  kLogs,      ///< log lines
  kRich,      ///< plots, images, vectors: one JSON each
  kOwners,    ///< per owner: running statistics, reset marks
  kReplay,    ///< hashes of recent batches
  kCount_
};

/// An ordered set of changes. Move-only in spirit: build, hand to Write, drop.
class Batch {
 public:
  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  /// [from, to)
  void DeleteRange(Family family, std::string_view from, std::string_view to);
  bool empty() const;
  size_t bytes() const;

 private:
  friend class Engine;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// Walks keys in order over a consistent view. Not thread-safe.
class Cursor {
 public:
  ~Cursor();
  Cursor(Cursor&&) noexcept;
  void Seek(std::string_view key);      ///< first key >= `key`
  void SeekBack(std::string_view key);  ///< last key <= `key`
  bool valid() const;
  void Next();
  void Prev();
  std::string_view key() const;  ///< until the cursor moves
  std::string_view value() const;
  Status status() const;  ///< kCorruption when a checksum failed on the way

 private:
  friend class Engine;
  struct Rep;
  explicit Cursor(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

struct EngineOptions {
  size_t cache_bytes = 16u << 20;
  size_t memtable_bytes = 4u << 20;  ///< per family
  size_t log_bytes_max = 24u << 20;  ///< bounds the restart after a kill
};

/// A position in the log; grows with every Write.
using Ticket = uint64_t;

/// Thread-safe.
class Engine {
 public:
  /// Opens or creates the store in `dir`. Errors: kFailedPrecondition when another process holds
  /// it or a newer version wrote it, kCorruption, kIoError.
  static Result<std::unique_ptr<Engine>> Open(const std::string& dir, const EngineOptions& options);
  ~Engine();

  /// nullopt when there is no such key.
  Result<std::optional<std::string>> Get(Family family, std::string_view key) const;
  /// All keys of a family that start with `prefix` (the cursor ends there); unpositioned.
  Cursor Scan(Family family, std::string_view prefix) const;

  /// Applies the batch: atomic, visible on return. Errors: kUnavailable when the disk is full
  /// (reads go on), kIoError after a failed sync (the engine takes no more writes until reopened).
  Result<Ticket> Write(Batch&& batch);
  /// The ticket of the newest write.
  Ticket written() const;
  Ticket durable() const;
  /// Calls `then` once the log is synced up to `ticket`: at once on this thread if it already is,
  /// else on the commit thread (keep it short). The Status says if the sync failed.
  void OnDurable(Ticket ticket, std::function<void(Status)> then);
  /// Blocks until durable.
  Status Sync(Ticket ticket);
  Status Sync() { return Sync(written()); }

  /// Bytes on disk, per the engine; memory it holds.
  struct Usage {
    uint64_t disk_bytes = 0, memory_bytes = 0;
  };
  Usage usage() const;
  /// Gives back the space of deleted keys in a range, in the background's time.
  void CompactRange(Family family, std::string_view from, std::string_view to);

 private:
  struct Rep;
  explicit Engine(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace furrow::store
