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
  /// Changes nothing in the directory: what the log holds is replayed in memory, every Write fails.
  /// Opens a damaged store too, as far as it goes: see condition().
  bool read_only = false;
  /// Kept allocated in the directory for what must still be written when the disk is full; an
  /// eighth of the disk if that is less; 0: none.
  uint64_t reserve_bytes = 64u << 20;
};

/// A file of sorted blocks, as the engine lists it.
struct TableFile {
  std::string path;
  std::optional<Family> family;  ///< nullopt: not known
  uint64_t bytes = 0;
  std::string first, last;  ///< keys
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
  enum class Reading {
    kAgain,  ///< what is read is kept in memory for the next reader
    kOnce,   ///< much is read, and soon by nobody else
  };
  /// All keys of a family that start with `prefix` (the cursor ends there); unpositioned.
  Cursor Scan(Family family, std::string_view prefix, Reading reading = Reading::kAgain) const;

  /// Applies the batch: atomic, visible on return. Errors: kUnavailable when the disk is full
  /// (reads go on, and so do batches that delete something, from the reserve) and, for good, after
  /// a failed sync: the engine takes no more writes until reopened.
  Result<Ticket> Write(Batch&& batch);
  /// For who writes very much at a time: waits until what a family holds in memory is on its way to
  /// the disk, a second at most. With too much of it the engine would stop all writers.
  void LetFlush(Family family) const;
  /// The ticket of the newest write.
  Ticket written() const;
  Ticket durable() const;
  /// Calls `then` once the log is synced up to `ticket`: at once on this thread if it already is,
  /// else on the commit thread (keep it short). The Status says if the sync failed.
  void OnDurable(Ticket ticket, std::function<void(Status)> then);
  /// Blocks until durable.
  Status Sync(Ticket ticket);
  Status Sync() { return Sync(written()); }
  /// Whether writes are taken: kUnavailable while the disk is full, kIoError after a failed sync.
  Status Health() const;
  /// What Open had to drop, for the log of the server: writes at the log's end, torn by a power
  /// cut before anybody was told of them. Empty: nothing.
  const std::string& opening_note() const;

  /// Bytes on disk, per the engine; memory it holds.
  struct Usage {
    uint64_t disk_bytes = 0, memory_bytes = 0;
  };
  Usage usage() const;
  /// Makes the directory `dir` (absent so far, on the same file system for speed) a store of its
  /// own that holds what is written by now and nothing later: hard links to the tables, which never
  /// change. Writes go on meanwhile. Errors: kUnavailable when the disk is full, kIoError.
  Status Checkpoint(const std::string& dir);
  /// OK, or what was wrong with a store that was opened read-only all the same.
  Status condition() const;
  /// The tables in use now; others may take their place at any time.
  std::vector<TableFile> tables() const;
  /// Gives back the space of deleted keys in a range, in the background's time.
  void CompactRange(Family family, std::string_view from, std::string_view to);
  /// The same for a whole family and at once. Takes as long as writing what is left of it.
  void Compact(Family family);

 private:
  struct Rep;
  explicit Engine(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace furrow::store
