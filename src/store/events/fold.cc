// SPDX-License-Identifier: Apache-2.0
// Folding: points leave the log and memory for sealed blocks. See docs/store.md, "Fold".
#include <algorithm>
#include <utility>

#include "store/events/store.h"
#include "store/events/values.h"

namespace furrow::events {
namespace {

using store::Batch;
using store::Cursor;
using store::Family;

// One engine batch of a fold: large enough to amortise, small enough not to stall writers.
constexpr size_t kBatchBytes = 1 << 20;
constexpr int64_t kRetryMs = 5000;
// Fewer keys than this are deleted one by one: a range tombstone slows every later scan.
constexpr size_t kDeletePointMax = 512;

// Deletes the log's records below `cut` but for those in `keep`, which is sorted. One by one: where
// RocksDB cannot begin a new log (no descriptor is left, the disk is full) it aborts at the second
// try if what it holds in memory has ranges deleted.
void DeleteRecords(store::Engine& engine, uint64_t cut, const std::vector<uint64_t>& keep,
                   Batch& batch) {
  Cursor records = engine.Scan(Family::kEventLog, "", store::Engine::Reading::kOnce);
  for (records.Seek(""); records.valid(); records.Next()) {
    const uint64_t sequence = BigEndian64(records.key());
    if (sequence >= cut) return;
    if (!std::binary_search(keep.begin(), keep.end(), sequence)) {
      batch.Delete(Family::kEventLog, records.key());
    }
  }
  if (records.status().ok()) return;
  // It cannot be read to its end. All of it is folded: as a range it goes all the same, and nobody
  // has to read what is damaged again.
  uint64_t from = 0;
  for (const uint64_t kept : keep) {
    if (kept > from) batch.DeleteRange(Family::kEventLog, LogRecordKey(from), LogRecordKey(kept));
    from = kept + 1;
  }
  if (from < cut) batch.DeleteRange(Family::kEventLog, LogRecordKey(from), LogRecordKey(cut));
}

// True when there was so much that its space is worth asking back.
Result<bool> DeletePrefixRange(store::Engine& engine, Family family, const std::string& from,
                               const std::string& to, Batch& batch) {
  Cursor cursor = engine.Scan(family, from.substr(0, 16));
  std::vector<std::string> keys;
  for (cursor.Seek(from); cursor.valid() && cursor.key() < to; cursor.Next()) {
    if (keys.size() == kDeletePointMax) {
      batch.DeleteRange(family, from, to);
      return true;
    }
    keys.emplace_back(cursor.key());
  }
  // A damaged block must not keep its owner from being deleted.
  if (!cursor.status().ok()) {
    batch.DeleteRange(family, from, to);
    return true;
  }
  for (const std::string& key : keys) batch.Delete(family, key);
  return false;
}

}  // namespace

Status Store::Impl::Fold() {
  std::lock_guard lock(fold_mutex_);
  return FoldAll();
}

// Everything with a sequence below `cut` is applied once each shard's lock was taken after reading
// it: sequences are given out under those locks.
Status Store::Impl::FoldAll() {
  uint64_t cut = 0, bytes = 0, points = 0;
  int64_t since = 0;
  std::vector<Reset> resets;
  {
    std::lock_guard lock(log_mutex_);
    cut = next_sequence_;
    bytes = std::exchange(unfolded_bytes_, 0);
    points = std::exchange(unfolded_points_, 0);
    since = std::exchange(unfolded_since_ms_, 0);
    folding_bytes_ = bytes;
    resets.swap(resets_);
  }
  std::vector<OwnerKey> owners;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [key, state] : shard.owners) {
      if (state->dirty()) owners.push_back(key);
    }
    for (const auto& [key, sequences] : shard.pending) owners.push_back(key);
  }
  FoldOutcome outcome = FoldOwners(owners);
  Status& status = outcome.failed;
  std::vector<Reset> left, cleaned;
  for (const Reset& reset : resets) {
    if (status.ok() && reset.forgotten <= cut) status = Clean(reset);
    (status.ok() && reset.forgotten <= cut ? cleaned : left).push_back(reset);
  }
  if (status.ok()) status = Advance(cut, std::move(outcome.keep), cleaned);
  if (!status.ok()) left.insert(left.end(), cleaned.begin(), cleaned.end());
  bool nothing_new = false;
  {
    std::lock_guard lock(log_mutex_);
    folding_bytes_ = 0;
    resets_.insert(resets_.end(), left.begin(), left.end());
    nothing_new = unfolded_since_ms_ == 0;
    if (!status.ok()) {
      unfolded_bytes_ += bytes;
      unfolded_points_ += points;
      if (since != 0) unfolded_since_ms_ = since;
      return status;
    }
  }
  // While events come in the engine drops the log's tables by itself.
  if (nothing_new && bytes > 0) {
    engine_.CompactRange(Family::kEventLog, LogRecordKey(0), LogRecordKey(cut));
  }
  return outcome.damage;
}

Store::Impl::FoldOutcome Store::Impl::FoldOwners(const std::vector<OwnerKey>& owners) {
  FoldOutcome outcome;
  std::vector<FoldJob> jobs;
  Batch batch;
  for (const OwnerKey& owner : owners) {
    const size_t before = jobs.size();
    const Status begun = BeginFold(owner, jobs, outcome.keep);
    if (begun.code() == Code::kCorruption) {
      // Its records stay in the log; everybody else's go on.
      outcome.damage = begun;
      continue;
    }
    outcome.failed = begun;
    if (begun.ok() && jobs.size() > before) {
      outcome.failed = SealOwner(jobs.back(), batch);
      if (!outcome.failed.ok()) {
        EndFold(jobs.back(), false);
        jobs.pop_back();
      }
    }
    if (!outcome.failed.ok()) break;
    if (batch.bytes() >= kBatchBytes || jobs.size() >= options_.fold_owners_per_write) {
      outcome.failed = Commit(jobs, std::exchange(batch, Batch()));
      if (!outcome.failed.ok()) return outcome;
    }
  }
  const Status last = Commit(jobs, std::move(batch));
  if (outcome.failed.ok()) outcome.failed = last;
  return outcome;
}

Status Store::Impl::FoldWrite(Batch&& batch) {
  if (options_.before_fold_write) FURROW_TRY(options_.before_fold_write());
  engine_.LetFlush(Family::kSeries);
  return engine_.Write(std::move(batch)).status();
}

// Takes what an owner had before its deletion off the disk.
Status Store::Impl::Clean(const Reset& reset) {
  Batch batch;
  const std::string from = reset.owner;
  const std::string to = OwnerPrefix(reset.owner, reset.epoch);
  std::vector<Family> large;
  for (const Family family : {Family::kSeries, Family::kLogs, Family::kRich}) {
    FURROW_ASSIGN(const bool much, DeletePrefixRange(engine_, family, from, to, batch));
    if (much) large.push_back(family);
  }
  if (batch.empty()) return {};
  FURROW_TRY(FoldWrite(std::move(batch)));
  for (const Family family : large) engine_.CompactRange(family, from, to);
  return {};
}

// Drops the log below `cut` but for the records in `keep`, and with it every trace of deleted
// owners to whom nothing new came: a mark may go only together with the last record that it makes
// invalid.
Status Store::Impl::Advance(uint64_t cut, std::vector<uint64_t> keep,
                            const std::vector<Reset>& cleaned) {
  if (cut <= watermark_ && keep.size() == kept_ && cleaned.empty()) return {};
  Batch batch;
  std::sort(keep.begin(), keep.end());
  DeleteRecords(engine_, cut, keep, batch);
  batch.Put(Family::kMeta, kWatermarkKey, EncodeNumber(cut));

  std::vector<size_t> numbers;
  for (const Reset& reset : cleaned) numbers.push_back(ShardOf(reset.owner));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<std::unique_lock<std::mutex>> locks;
  for (const size_t number : numbers) locks.emplace_back(shards_[number].mutex);
  std::vector<const Reset*> gone;
  for (const Reset& reset : cleaned) {
    FURROW_ASSIGN(const uint64_t epoch, StoredEpoch(reset.owner));
    if (epoch != reset.epoch) continue;
    Shard& shard = shards_[ShardOf(reset.owner)];
    FURROW_ASSIGN(OwnerState* const state, Load(shard, reset.owner, false));
    if (state != nullptr && (!state->Empty() || state->dirty())) continue;
    gone.push_back(&reset);
    batch.Delete(Family::kOwners, OwnerMarkKey(reset.owner));
    batch.Delete(Family::kOwners, OwnerRecordKey(reset.owner));
  }
  FURROW_TRY(FoldWrite(std::move(batch)));
  watermark_ = std::max(watermark_, cut);
  kept_ = keep.size();
  for (const Reset* reset : gone) shards_[ShardOf(reset->owner)].owners.erase(reset->owner);
  return {};
}

void Store::Impl::CleanReplays() {
  const uint32_t slice = ReplaySlice(clock_.Now());
  if (slice < 2 || slice - 1 == replay_slice_cleaned_) return;
  Batch batch;
  batch.DeleteRange(Family::kReplay, "", ReplayKey(slice - 1, ""));
  if (engine_.Write(std::move(batch)).ok()) replay_slice_cleaned_ = slice - 1;
}

// Folded owners leave memory when idle, or the longest idle first when they take too much.
void Store::Impl::Evict() {
  const int64_t now = SteadyMs();
  const int64_t idle_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(options_.owner_idle).count();
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    std::erase_if(shard.owners, [&](const auto& entry) {
      const OwnerState& state = *entry.second;
      return !state.dirty() && now - state.touched_ms >= idle_ms;
    });
    size_t bytes = 0;
    std::vector<std::pair<int64_t, OwnerKey>> idle;
    for (const auto& [key, state] : shard.owners) {
      bytes += state->MemoryBytes();
      if (!state->dirty()) idle.emplace_back(state->touched_ms, key);
    }
    if (bytes <= options_.owners_bytes_max / kShards) continue;
    std::sort(idle.begin(), idle.end());
    for (const auto& [touched, key] : idle) {
      if (bytes <= options_.owners_bytes_max / kShards) break;
      bytes -= std::min(bytes, shard.owners[key]->MemoryBytes());
      shard.owners.erase(key);
    }
  }
}

bool Store::Impl::Due() {
  const int64_t now = SteadyMs();
  auto past = [now](int64_t since, std::chrono::seconds limit) {
    return now - since >= std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  };
  std::lock_guard lock(log_mutex_);
  if (unfolded_bytes_ >= options_.unfolded_bytes_max) return true;
  if (unfolded_points_ >= options_.unfolded_points_max) return true;
  if (unfolded_since_ms_ == 0) return !resets_.empty();
  return past(unfolded_since_ms_, options_.unfolded_age_max) ||
         past(last_append_ms_, options_.quiet);
}

void Store::Impl::Run() {
  std::unique_lock lock(thread_mutex_);
  while (!stop_) {
    wake_.wait_for(lock, std::chrono::milliseconds(500));
    if (stop_) return;
    lock.unlock();
    {
      std::lock_guard fold(fold_mutex_);
      // A failure leaves the points where they are, in memory and in the log.
      if (SteadyMs() >= retry_at_ms_ && Due() && !FoldAll().ok()) {
        retry_at_ms_ = SteadyMs() + kRetryMs;
      }
      CleanReplays();
    }
    Evict();
    lock.lock();
  }
}

}  // namespace furrow::events
