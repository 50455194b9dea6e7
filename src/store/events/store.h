// SPDX-License-Identifier: Apache-2.0
// The insides of events::Store. Lock order: fold_mutex_, then shards by ascending index, then
// log_mutex_; the engine is called under any of them and calls nothing back.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/events/events.h"
#include "store/events/merge.h"
#include "store/events/owner.h"
#include "store/events/replays.h"

namespace furrow::events {

class Store::Impl {
 public:
  Impl(store::Engine& engine, const Clock& clock, const Options& options)
      : engine_(engine), clock_(clock), options_(options) {}
  ~Impl();

  Status Recover();
  void Start();
  /// The destructor will leave the log as it is.
  void Abandon() { abandoned_ = true; }

  Result<bool> Append(const std::vector<OwnerBatch>& batches, const AppendOptions& options);
  std::shared_ptr<const OwnerStats> Stats(std::string_view owner);
  Status ForEachStats(const std::function<bool(const std::string&, const OwnerStats&)>& visit);
  std::vector<std::string> TakeReported();
  void Delete(std::string_view owner, store::Batch& batch);
  void Forget(std::string_view owner);
  Result<uint64_t> DeleteLogs(std::string_view owner, std::optional<int64_t> before_ms);
  Usage usage();
  Status Fold();

  // What a reader needs of one series, all of one moment.
  struct View {
    uint32_t number = 0;
    std::shared_ptr<const Tail> sealing;  // of the owner; newer than blocks and chunks
    Columns tail;                         // of the series; newest
    std::vector<std::string> workers;     // of both
    std::string prefix;                   // of the owner's keys
    std::optional<store::Cursor> sealed;  // over the owner's blocks and chunks
  };
  /// nullopt when there is no such series.
  Result<std::optional<View>> ViewSeries(std::string_view owner, std::string_view metric,
                                         std::string_view variant);
  /// Runs `visit` under the owner's lock, unless the owner has nothing.
  Status Visit(std::string_view owner, const std::function<void(OwnerState&)>& visit);
  /// The prefix of the owner's keys now, or nullopt when it has nothing.
  Result<std::optional<std::string>> Prefix(std::string_view owner);
  store::Engine& engine() { return engine_; }

  std::function<void(std::string_view)> listener;

 private:
  static constexpr size_t kShards = 64;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<OwnerKey, std::shared_ptr<OwnerState>> owners;
    // Log records not yet in the owner's stored record, of owners not loaded since the restart.
    std::unordered_map<OwnerKey, std::vector<uint64_t>> pending;
    std::unordered_set<OwnerKey> reported;  // since TakeReported
  };
  size_t ShardOf(const OwnerKey& owner) const { return static_cast<uint8_t>(owner[0]) % kShards; }

  // The owner's state, from memory or storage; nullptr when there is none and `create` is false.
  // Under the shard's lock.
  Result<OwnerState*> Load(Shard& shard, const OwnerKey& owner, bool create);
  Status LoadStored(Shard& shard, OwnerState& state, bool& found);
  Result<uint64_t> StoredEpoch(const OwnerKey& owner) const;

  Result<bool> IsRepeat(const std::string& key, bool has_lines);
  void RememberDurably(const std::string& key, store::Batch& batch) const;
  uint64_t Allocate(uint64_t span, uint64_t bytes, uint64_t points);
  // The record was not written.
  void Release(uint64_t bytes, uint64_t points);

  // Folding (fold.cc).
  struct FoldJob {
    std::shared_ptr<OwnerState> state;
    uint64_t sequence = 0;
    std::string stats;
    ChunkList chunks;
    std::vector<BlockList> blocks;
    std::shared_ptr<const Tail> points;
    std::vector<std::string> workers;
    FoldSizes sizes;
  };
  struct Reset {
    OwnerKey owner;
    uint64_t epoch;
    uint64_t forgotten;
  };
  Status FoldAll();
  struct FoldOutcome {
    Status failed;               // stopped here
    Status damage;               // went on without the owners concerned
    std::vector<uint64_t> keep;  // log records that are still needed
  };
  FoldOutcome FoldOwners(const std::vector<OwnerKey>& owners);
  Status BeginFold(const OwnerKey& owner, std::vector<FoldJob>& jobs, std::vector<uint64_t>& keep);
  Status FoldWrite(store::Batch&& batch);
  Status SealOwner(FoldJob& job, store::Batch& batch);
  struct SeriesChanges {  // of Family::kSeries
    std::vector<std::pair<std::string, std::string>> puts;
    std::vector<std::string> deletes;
  };
  Result<bool> ChunksToBlocks(FoldJob& job, const std::map<uint32_t, Columns>& tails,
                              SeriesChanges& changes);
  Status SealSeries(const std::string& prefix, uint32_t series, Columns&& fresh,
                    const std::vector<std::string>& names, BlockList& blocks,
                    SeriesChanges& changes);
  Status Commit(std::vector<FoldJob>& jobs, store::Batch&& batch);
  void EndFold(FoldJob& job, bool written);
  Status Clean(const Reset& reset);
  Status Advance(uint64_t cut, std::vector<uint64_t> keep, const std::vector<Reset>& cleaned);
  void CleanReplays();
  void Evict();
  void Run();
  bool Due();
  int64_t SteadyMs() const;

  store::Engine& engine_;
  const Clock& clock_;
  const Options options_;
  std::array<Shard, kShards> shards_;
  ReplaySet replays_;
  std::atomic<uint64_t> points_{0};
  std::atomic<bool> notes_reported_{false};
  bool abandoned_ = false;

  std::mutex log_mutex_;
  uint64_t next_sequence_ = 1;  // guarded by log_mutex_, as the five below
  uint64_t unfolded_bytes_ = 0;
  uint64_t unfolded_points_ = 0;
  uint64_t folding_bytes_ = 0;
  int64_t unfolded_since_ms_ = 0;  // when the first unfolded record came; 0: none
  int64_t last_append_ms_ = 0;
  std::vector<Reset> resets_;

  std::mutex fold_mutex_;
  uint64_t watermark_ = 0;  // guarded by fold_mutex_: all records below are folded
  size_t kept_ = 0;         // guarded by fold_mutex_: records below that are still needed
  uint32_t replay_slice_cleaned_ = 0;
  int64_t retry_at_ms_ = 0;  // a fold failed: not again before

  std::mutex thread_mutex_;
  std::condition_variable wake_;
  bool stop_ = false;  // guarded by thread_mutex_
  std::thread thread_;
};

}  // namespace furrow::events
