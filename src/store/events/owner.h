// SPDX-License-Identifier: Apache-2.0
// What is in memory of one owner: its series with their running statistics, the points not yet
// sealed, and what its sealed blocks are. It is the owner's stored record plus every log record
// after it, applied in order. Not thread-safe: its shard's lock guards it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/events/block.h"
#include "store/events/events.h"
#include "store/events/record.h"

namespace furrow::events {

/// Series of one owner beyond this many are refused: their names alone would fill the memory.
inline constexpr size_t kSeriesHardMax = 100'000;

/// The sealed blocks of one series, by number in order of acceptance.
struct BlockList {
  /// Stands for a block that could not be read: it is left where it is.
  static constexpr uint16_t kNeverMerge = 0xffff;
  uint32_t next = 0;
  /// Points in each of the last open.size() blocks, which may still be merged; those before are
  /// final.
  std::vector<uint16_t> open;
};

/// The owner's chunks, by number in order of acceptance; all are newer than any block.
struct ChunkList {
  uint32_t first = 0, next = 0;
  uint64_t points = 0;
};

inline constexpr uint32_t kNoKind = UINT32_MAX;

struct SeriesState {
  SeriesStats stats;
  uint32_t kind = kNoKind;  ///< its metric's entry in kinds, once looked up
  BlockList blocks;
  bool curve = false;  ///< has a point that is no single value
  bool single = false;
  double single_value = 0;
  int64_t single_time_ms = 0;
};

/// A point in memory. One list for all series of an owner: many runs report a few points of many
/// series, and a list for each would be mostly allocator.
struct TailPoint {
  int64_t iter, time_ms;
  double value;
  uint32_t series, worker;
};
using Tail = std::vector<TailPoint>;  // in order of acceptance

/// Appends the points of one series.
void AppendSeries(const Tail& tail, uint32_t series, Columns& to);
/// Each series' points.
std::map<uint32_t, Columns> BySeries(const Tail& tail);

class OwnerState {
 public:
  OwnerState(OwnerKey key, uint64_t epoch) : key_(std::move(key)), epoch_(epoch) {}

  /// Takes a stored record over. kCorruption when it is damaged; false when it belongs to another
  /// epoch and says nothing.
  Result<bool> Load(std::string_view stored);
  /// Whether `events` fits the bound on series.
  bool Fits(const OwnerEvents& events) const;
  void Apply(const OwnerEvents& events, uint64_t sequence, Micros accepted);
  void LinesDeleted(uint64_t count, uint64_t sequence);

  /// The stored record is made of two parts: what is known now, and where a fold put the points.
  std::string EncodeStats() const;
  static std::string Encode(const std::string& stats, const ChunkList& chunks,
                            const std::vector<BlockList>& blocks);

  SeriesState* Find(std::string_view metric, std::string_view variant);
  std::shared_ptr<const OwnerStats> Snapshot();
  /// Nothing was ever accepted, or all of it is gone.
  bool Empty() const;
  size_t MemoryBytes() const;

  const OwnerKey& key() const { return key_; }
  uint64_t epoch() const { return epoch_; }
  uint64_t last_sequence() const { return last_sequence_; }
  /// Holds something that the stored record does not.
  bool dirty() const { return last_sequence_ > folded_sequence_; }
  /// The stored record now holds all up to `sequence`.
  void Folded(uint64_t sequence);
  uint64_t folded_sequence() const { return folded_sequence_; }
  uint64_t lines() const { return lines_; }
  std::vector<SeriesState>& series() { return series_; }
  const std::vector<std::string>& workers() const { return workers_; }

  ChunkList chunks;
  Tail tail;                            ///< accepted since the last fold began
  std::shared_ptr<const Tail> sealing;  ///< older than `tail`, being folded
  int64_t touched_ms = 0;               ///< steady clock, for eviction

 private:
  uint32_t FindOrAdd(const OwnerEvents::Series& name);
  std::optional<uint32_t> Lookup(std::string_view metric, std::string_view variant) const;
  void Index(uint32_t series);
  uint32_t Worker(std::string_view name);
  /// The index of the entry, or kNoKind when there are too many.
  uint32_t TouchKind(std::string_view metric, uint8_t kind, Micros when);

  OwnerKey key_;
  uint64_t epoch_;
  uint64_t folded_sequence_ = 0;     ///< all records up to it are in the stored record
  uint64_t last_sequence_ = 0;       ///< the newest record applied
  std::vector<SeriesState> series_;  ///< by number
  std::vector<uint32_t> slots_;      ///< open addressing over series_; number + 1, 0 is free
  std::vector<std::string> workers_;
  std::vector<OwnerStats::MetricKind> kinds_;
  std::optional<int64_t> last_iteration_;
  Micros last_event_ = 0;
  uint64_t lines_ = 0;
  std::shared_ptr<const OwnerStats> snapshot_;
};

}  // namespace furrow::events
