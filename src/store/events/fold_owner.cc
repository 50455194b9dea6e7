// SPDX-License-Identifier: Apache-2.0
// Folding one owner: tails to a chunk, or chunks and tails to blocks. See docs/store.md, "Fold".
#include <algorithm>
#include <utility>

#include "store/events/chunk.h"
#include "store/events/store.h"

namespace furrow::events {

using store::Batch;
using store::Cursor;
using store::Family;

// Moves an owner's tail aside and notes what its stored record must say of this moment. An owner
// that cannot be loaded adds its log records to `keep`.
Status Store::Impl::BeginFold(const OwnerKey& owner, std::vector<FoldJob>& jobs,
                              std::vector<uint64_t>& keep) {
  Shard& shard = shards_[ShardOf(owner)];
  std::lock_guard lock(shard.mutex);
  const auto loaded = Load(shard, owner, false);
  if (!loaded.ok()) {
    const auto pending = shard.pending.find(owner);
    if (pending != shard.pending.end()) {
      keep.insert(keep.end(), pending->second.begin(), pending->second.end());
    }
    return loaded.status();
  }
  OwnerState* const state = *loaded;
  if (state == nullptr || !state->dirty()) return {};
  FoldJob job;
  job.state = shard.owners[owner];
  job.sequence = state->last_sequence();
  job.stats = state->EncodeStats();
  job.workers = state->workers();
  job.chunks = state->chunks;
  job.sizes.chunks = state->chunks.next - state->chunks.first;
  job.sizes.chunk_points = state->chunks.points;
  for (const SeriesState& s : state->series()) {
    job.blocks.push_back(s.blocks);
    job.sizes.series += s.curve ? 1 : 0;
  }
  state->sealing = std::make_shared<const Tail>(std::exchange(state->tail, {}));
  job.points = state->sealing;
  jobs.push_back(std::move(job));
  return {};
}

// On an error nothing of this owner is in the batch: half of it would be worse than none.
Status Store::Impl::SealOwner(FoldJob& job, Batch& batch) {
  const std::string prefix = OwnerPrefix(job.state->key(), job.state->epoch());
  SeriesChanges changes;
  if (!job.points->empty()) {
    const std::map<uint32_t, Columns> tails = BySeries(*job.points);
    job.sizes.tail_series = tails.size();
    job.sizes.tail_points = job.points->size();
    bool done = false;
    if (WorthBlocks(job.sizes)) {
      FURROW_ASSIGN(done, ChunksToBlocks(job, tails, changes));
    }
    if (!done) {
      for (const std::string& chunk : EncodeChunks(tails, job.workers)) {
        changes.puts.emplace_back(BlockKey(prefix, kChunkSeries, job.chunks.next++), chunk);
      }
      job.chunks.points += job.sizes.tail_points;
    }
  }
  for (const auto& [key, value] : changes.puts) batch.Put(Family::kSeries, key, value);
  for (const std::string& key : changes.deletes) batch.Delete(Family::kSeries, key);
  batch.Put(Family::kOwners, OwnerRecordKey(job.state->key()),
            OwnerState::Encode(job.stats, job.chunks, job.blocks));
  return {};
}

// False when a chunk is damaged: then all chunks stay as they are, and new ones join them.
Result<bool> Store::Impl::ChunksToBlocks(FoldJob& job, const std::map<uint32_t, Columns>& tails,
                                         SeriesChanges& changes) {
  const std::string prefix = OwnerPrefix(job.state->key(), job.state->epoch());
  std::map<uint32_t, Columns> fresh;
  std::vector<std::string> workers;
  if (job.sizes.chunks > 0) {
    Cursor cursor = engine_.Scan(Family::kSeries,
                                 BlockKey(prefix, kChunkSeries, 0).substr(0, prefix.size() + 4));
    size_t read = 0;
    for (cursor.Seek(""); cursor.valid(); cursor.Next(), ++read) {
      const auto chunk = Chunk::Open(cursor.value());
      if (!chunk.ok() || !chunk->ReadAll(fresh, workers).ok()) return false;
    }
    if (cursor.status().code() == Code::kCorruption) return false;
    FURROW_TRY(cursor.status());
    if (read != job.sizes.chunks) return false;
  }
  for (const auto& [number, points] : tails) {
    AppendNamed(points, job.workers, fresh[number], workers);
  }
  for (const auto& [number, points] : fresh) {
    if (number >= job.blocks.size()) return false;
  }
  for (auto& [number, points] : fresh) {
    FURROW_TRY(SealSeries(prefix, number, std::move(points), workers, job.blocks[number], changes));
  }
  for (uint32_t n = job.chunks.first; n < job.chunks.next; ++n) {
    changes.deletes.push_back(BlockKey(prefix, kChunkSeries, n));
  }
  job.chunks.first = job.chunks.next;
  job.chunks.points = 0;
  return true;
}

// Adds the points to the series' blocks: new blocks, and with them those last ones that are small
// enough to be merged (merge.h).
Status Store::Impl::SealSeries(const std::string& prefix, uint32_t series, Columns&& fresh,
                               const std::vector<std::string>& names, BlockList& blocks,
                               SeriesChanges& changes) {
  Columns points;
  std::vector<std::string> workers;
  size_t take = BlocksToMerge(blocks.open, fresh.size());
  // Oldest first; one that cannot be read stays where it is, and so do those before it.
  for (size_t i = 0; i < take;) {
    const auto number = static_cast<uint32_t>(blocks.next - take + i);
    const auto stored = engine_.Get(Family::kSeries, BlockKey(prefix, series, number));
    // A damaged page of the engine's is no different from a damaged block.
    if (!stored.ok() && stored.status().code() != Code::kCorruption) return stored.status();
    const std::string bytes = stored.ok() ? stored->value_or("") : "";
    const auto block = Block::Open(bytes);
    if (block.ok() && ReadInto(*block, points, workers).ok()) {
      ++i;
      continue;
    }
    blocks.open[blocks.open.size() - take + i] = BlockList::kNeverMerge;
    points = {};
    workers.clear();
    take -= i + 1;
    i = 0;
  }
  AppendNamed(fresh, names, points, workers);
  points.Normalise();

  uint32_t number = blocks.next - static_cast<uint32_t>(take);
  blocks.open.resize(blocks.open.size() - take);
  for (size_t at = 0; at < points.size(); at += kBlockPointsMax) {
    const size_t count = std::min(kBlockPointsMax, points.size() - at);
    changes.puts.emplace_back(BlockKey(prefix, series, number++),
                              EncodeBlock(points, at, count, workers));
    blocks.open.push_back(static_cast<uint16_t>(count));
  }
  for (uint32_t n = number; n < blocks.next; ++n) {
    changes.deletes.push_back(BlockKey(prefix, series, n));
  }
  blocks.next = number;
  const auto final_end = std::find_if(blocks.open.begin(), blocks.open.end(),
                                      [](uint16_t n) { return n < kBlockPointsMax; });
  blocks.open.erase(blocks.open.begin(), final_end);
  return {};
}

Status Store::Impl::Commit(std::vector<FoldJob>& jobs, Batch&& batch) {
  if (jobs.empty()) return {};
  const Status status = FoldWrite(std::move(batch));
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
  if (!written) {
    Tail all = *state.sealing;
    all.insert(all.end(), state.tail.begin(), state.tail.end());
    state.tail = std::move(all);
  }
  state.sealing.reset();
  if (!written) return;
  state.chunks = job.chunks;
  // Series that came since have no blocks.
  for (size_t i = 0; i < job.blocks.size(); ++i) {
    state.series()[i].blocks = std::move(job.blocks[i]);
  }
  state.Folded(job.sequence);
}

}  // namespace furrow::events
