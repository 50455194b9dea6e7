// SPDX-License-Identifier: Apache-2.0
// Folding: points leave the log and memory for sealed blocks. See docs/store.md, "Fold".
#include <algorithm>
#include <bit>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "store/events/merge.h"
#include "store/events/store.h"
#include "store/events/values.h"

namespace furrow::events {
namespace {

using store::Batch;
using store::Cursor;
using store::Family;

// One engine batch of a fold: large enough to amortise, small enough not to stall writers.
constexpr size_t kBatchBytes = 1 << 20;
constexpr size_t kBatchOwners = 256;
// Fewer keys than this are deleted one by one: a range tombstone slows every later scan.
constexpr size_t kDeletePointMax = 512;

Status DeletePrefixRange(store::Engine& engine, Family family, const std::string& from,
                         const std::string& to, Batch& batch) {
  Cursor cursor = engine.Scan(family, from.substr(0, 16));
  std::vector<std::string> keys;
  for (cursor.Seek(from); cursor.valid() && cursor.key() < to; cursor.Next()) {
    if (keys.size() == kDeletePointMax) {
      batch.DeleteRange(family, from, to);
      return {};
    }
    keys.emplace_back(cursor.key());
  }
  // A damaged block must not keep its owner from being deleted.
  if (!cursor.status().ok()) {
    batch.DeleteRange(family, from, to);
    return {};
  }
  for (const std::string& key : keys) batch.Delete(family, key);
  return {};
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
  Status status = FoldOwners(owners);
  std::vector<Reset> left, cleaned;
  for (const Reset& reset : resets) {
    if (status.ok() && reset.forgotten <= cut) status = Clean(reset);
    (status.ok() && reset.forgotten <= cut ? cleaned : left).push_back(reset);
  }
  if (status.ok()) status = Advance(cut, cleaned);
  if (!status.ok()) left.insert(left.end(), cleaned.begin(), cleaned.end());
  std::lock_guard lock(log_mutex_);
  folding_bytes_ = 0;
  resets_.insert(resets_.end(), left.begin(), left.end());
  if (!status.ok()) {
    unfolded_bytes_ += bytes;
    unfolded_points_ += points;
    if (since != 0) unfolded_since_ms_ = since;
  }
  return status;
}

// Goes on after an owner that cannot be folded, and returns the first error.
Status Store::Impl::FoldOwners(const std::vector<OwnerKey>& owners) {
  Status first;
  auto note = [&](const Status& s) {
    if (!s.ok() && first.ok()) first = s;
  };
  std::vector<FoldJob> jobs;
  Batch batch;
  for (const OwnerKey& owner : owners) {
    const size_t before = jobs.size();
    note(BeginFold(owner, jobs));
    if (jobs.size() == before) continue;
    FoldJob& job = jobs.back();
    for (const SeriesJob& series : job.series) {
      note(SealSeries(job, series, job.blocks[series.number], batch));
    }
    batch.Put(Family::kOwners, OwnerRecordKey(owner), OwnerState::Encode(job.stats, job.blocks));
    job.stats.clear();
    if (batch.bytes() >= kBatchBytes || jobs.size() >= kBatchOwners) {
      note(Commit(jobs, std::exchange(batch, Batch())));
    }
  }
  note(Commit(jobs, std::move(batch)));
  return first;
}

// Moves an owner's tails aside and notes what its stored record must say of this moment.
Status Store::Impl::BeginFold(const OwnerKey& owner, std::vector<FoldJob>& jobs) {
  Shard& shard = shards_[ShardOf(owner)];
  std::lock_guard lock(shard.mutex);
  FURROW_ASSIGN(OwnerState* const state, Load(shard, owner, false));
  if (state == nullptr || !state->dirty()) return {};
  FoldJob job;
  job.state = shard.owners[owner];
  job.sequence = state->last_sequence();
  job.stats = state->EncodeStats();
  job.workers = state->workers();
  for (uint32_t i = 0; i < state->series().size(); ++i) {
    SeriesState& s = state->series()[i];
    job.blocks.push_back(s.blocks);
    if (s.tail.empty()) continue;
    s.sealing = std::make_shared<const Columns>(std::exchange(s.tail, {}));
    job.series.push_back({i, s.sealing});
  }
  jobs.push_back(std::move(job));
  return {};
}

// Adds the points to the series' blocks: new blocks, and with them those last ones that are small
// enough to be merged (merge.h).
Status Store::Impl::SealSeries(const FoldJob& job, const SeriesJob& series, BlockList& blocks,
                               Batch& batch) {
  const std::string prefix = OwnerPrefix(job.state->key(), job.state->epoch());
  Columns points;
  std::vector<std::string> workers;
  size_t take = BlocksToMerge(blocks.open, series.points->size());
  // Oldest first; one that cannot be read stays where it is, and so do those before it.
  for (size_t i = 0; i < take; ++i) {
    const auto number = static_cast<uint32_t>(blocks.next - take + i);
    const std::string key = BlockKey(prefix, series.number, number);
    const auto stored = engine_.Get(Family::kSeries, key);
    // A damaged page of the engine's is no different from a damaged block.
    if (!stored.ok() && stored.status().code() != Code::kCorruption) return stored.status();
    const std::string bytes = stored.ok() ? stored->value_or("") : "";
    const auto block = Block::Open(bytes);
    if (!block.ok() || !ReadInto(*block, points, workers).ok()) {
      blocks.open[blocks.open.size() - take + i] = BlockList::kNeverMerge;
      points = {};
      workers.clear();
      take -= i + 1;
      i = static_cast<size_t>(-1);
    }
  }
  AppendNamed(*series.points, job.workers, points, workers);
  points.Normalise();

  const auto first = static_cast<uint32_t>(blocks.next - take);
  blocks.open.resize(blocks.open.size() - take);
  uint32_t number = first;
  for (size_t at = 0; at < points.size(); at += kBlockPointsMax) {
    const size_t count = std::min(kBlockPointsMax, points.size() - at);
    batch.Put(Family::kSeries, BlockKey(prefix, series.number, number++),
              EncodeBlock(points, at, count, workers));
    blocks.open.push_back(static_cast<uint16_t>(count));
  }
  for (uint32_t n = number; n < blocks.next; ++n) {
    batch.Delete(Family::kSeries, BlockKey(prefix, series.number, n));
  }
  blocks.next = number;
  const auto final_end = std::find_if(blocks.open.begin(), blocks.open.end(), [](uint16_t n) {
    return n < kBlockPointsMax;
  });
  blocks.open.erase(blocks.open.begin(), final_end);
  return {};
}

Status Store::Impl::Commit(std::vector<FoldJob>& jobs, Batch&& batch) {
  if (jobs.empty()) return {};
  const Status status = engine_.Write(std::move(batch)).status();
  for (FoldJob& job : jobs) EndFold(job, status.ok());
  jobs.clear();
  return status;
}

void Store::Impl::EndFold(FoldJob& job, bool written) {
  OwnerState& state = *job.state;
  Shard& shard = shards_[ShardOf(state.key())];
  std::lock_guard lock(shard.mutex);
  const auto at = shard.owners.find(state.key());
  // Deleted meanwhile: what was just written lies under the old epoch and will be cleaned.
  if (at == shard.owners.end() || at->second != job.state) return;
  for (const SeriesJob& series : job.series) {
    SeriesState& s = state.series()[series.number];
    if (!written) {
      Columns all = *s.sealing;
      all.Append(s.tail);
      s.tail = std::move(all);
    } else {
      s.blocks = std::move(job.blocks[series.number]);
    }
    s.sealing.reset();
  }
  if (written) state.Folded(job.sequence);
}

// Takes what an owner had before its deletion off the disk.
Status Store::Impl::Clean(const Reset& reset) {
  Batch batch;
  const std::string from = reset.owner;
  const std::string to = OwnerPrefix(reset.owner, reset.epoch);
  for (const Family family : {Family::kSeries, Family::kLogs, Family::kRich}) {
    FURROW_TRY(DeletePrefixRange(engine_, family, from, to, batch));
  }
  if (batch.empty()) return {};
  FURROW_TRY(engine_.Write(std::move(batch)).status());
  for (const Family family : {Family::kSeries, Family::kLogs, Family::kRich}) {
    engine_.CompactRange(family, from, to);
  }
  return {};
}

// Drops the log below `cut`, and with it every trace of deleted owners to whom nothing new came:
// a mark may go only together with the last record that it makes invalid.
Status Store::Impl::Advance(uint64_t cut, const std::vector<Reset>& cleaned) {
  if (cut <= watermark_ && cleaned.empty()) return {};
  Batch batch;
  batch.DeleteRange(Family::kEventLog, "", LogRecordKey(cut));
  batch.Put(Family::kMeta, kWatermarkKey, EncodeNumber(cut));

  std::vector<size_t> numbers;
  for (const Reset& reset : cleaned) numbers.push_back(ShardOf(reset.owner));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<std::unique_lock<std::mutex>> locks;
  for (const size_t number : numbers) locks.emplace_back(shards_[number].mutex);
  for (const Reset& reset : cleaned) {
    FURROW_ASSIGN(const uint64_t epoch, StoredEpoch(reset.owner));
    if (epoch != reset.epoch) continue;
    Shard& shard = shards_[ShardOf(reset.owner)];
    FURROW_ASSIGN(OwnerState* const state, Load(shard, reset.owner, false));
    if (state != nullptr && (!state->Empty() || state->dirty())) continue;
    shard.owners.erase(reset.owner);
    batch.Delete(Family::kOwners, OwnerMarkKey(reset.owner));
    batch.Delete(Family::kOwners, OwnerRecordKey(reset.owner));
  }
  FURROW_TRY(engine_.Write(std::move(batch)).status());
  watermark_ = std::max(watermark_, cut);
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
  bool some = false;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    some = std::erase_if(shard.owners, [&](const auto& entry) {
             const OwnerState& state = *entry.second;
             return !state.dirty() && now - state.touched_ms >= idle_ms;
           }) > 0 || some;
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
      some = true;
    }
  }
#if defined(__GLIBC__)
  if (some) malloc_trim(0);
#endif
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
      // A failure leaves the points where they are, in the log; the next round tries again.
      if (Due()) (void)FoldAll();
      CleanReplays();
    }
    Evict();
    lock.lock();
  }
}

}  // namespace furrow::events
