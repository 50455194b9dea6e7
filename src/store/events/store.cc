// SPDX-License-Identifier: Apache-2.0
#include "store/events/store.h"

#include <algorithm>

#include "base/id.h"
#include "store/events/values.h"

namespace furrow::events {
namespace {

using store::Batch;
using store::Cursor;
using store::Family;

constexpr int kBacklogFactor = 4;
constexpr uint64_t kLinesWorthCompacting = 10'000;

}  // namespace

Store::Impl::~Impl() {
  {
    std::lock_guard lock(thread_mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  // Nothing is left in the log then but deletions, which stay on the disk as what they delete.
  if (options_.fold_on_close && !abandoned_ && Fold().ok()) engine_.Compact(Family::kEventLog);
}

void Store::Impl::Start() {
  if (options_.background) thread_ = std::thread([this] { Run(); });
}

int64_t Store::Impl::SteadyMs() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Steady().time_since_epoch())
      .count();
}

// Only who has records in the log is read here; the records are applied when their owner is first
// asked for, or folded.
Status Store::Impl::Recover() {
  FURROW_ASSIGN(const auto watermark, engine_.Get(Family::kMeta, kWatermarkKey));
  if (watermark) {
    FURROW_ASSIGN(watermark_, DecodeNumber(*watermark));
    next_sequence_ = std::max(next_sequence_, watermark_);
  }
  Cursor log = engine_.Scan(Family::kEventLog, "", store::Engine::Reading::kOnce);
  for (log.Seek(""); log.valid(); log.Next()) {
    if (log.key().size() != 8) return {Code::kCorruption, "a key of the event log"};
    const uint64_t sequence = BigEndian64(log.key());
    auto peeked = PeekRecord(log.value());
    if (!peeked.ok()) {
      return peeked.status().With("record " + std::to_string(sequence));
    }
    if (sequence < watermark_) ++kept_;
    uint64_t span = 1, lines = 0;
    for (const OwnerEvents& owner : peeked->owners) {
      if (peeked->kind == RecordKind::kReset) {
        resets_.push_back({owner.owner, sequence, sequence});
      } else {
        auto& pending = shards_[ShardOf(owner.owner)].pending[owner.owner];
        if (pending.empty() || pending.back() != sequence) pending.push_back(sequence);
      }
      lines += owner.lines;
    }
    if (peeked->kind == RecordKind::kEvents) span = std::max(span, lines);
    next_sequence_ = std::max(next_sequence_, sequence + span);
    unfolded_bytes_ += log.value().size();
    if (unfolded_since_ms_ == 0) unfolded_since_ms_ = last_append_ms_ = SteadyMs();
  }
  for (Reset& reset : resets_) reset.forgotten = next_sequence_;
  return log.status();
}

Result<uint64_t> Store::Impl::StoredEpoch(const OwnerKey& owner) const {
  FURROW_ASSIGN(const auto mark, engine_.Get(Family::kOwners, OwnerMarkKey(owner)));
  if (!mark) return uint64_t{0};
  return DecodeNumber(*mark);
}

Status Store::Impl::LoadStored(Shard& shard, OwnerState& state, bool& found) {
  FURROW_ASSIGN(const auto record, engine_.Get(Family::kOwners, OwnerRecordKey(state.key())));
  if (record) {
    FURROW_ASSIGN(const bool current, state.Load(*record));
    found = found || current;
  }
  const auto pending = shard.pending.find(state.key());
  if (pending == shard.pending.end()) return {};
  for (const uint64_t sequence : pending->second) {
    if (sequence <= state.folded_sequence()) continue;
    FURROW_ASSIGN(const auto bytes, engine_.Get(Family::kEventLog, LogRecordKey(sequence)));
    if (!bytes) return {Code::kCorruption, "a record of the event log is gone"};
    FURROW_ASSIGN(const Record logged, DecodeRecord(*bytes));
    for (const OwnerEvents& events : logged.owners) {
      if (events.owner != state.key() || events.epoch != state.epoch()) continue;
      if (logged.kind == RecordKind::kEvents) {
        state.Apply(events, sequence, logged.accepted);
      } else if (logged.kind == RecordKind::kLinesDeleted) {
        state.LinesDeleted(events.lines, sequence);
      }
      found = true;
    }
  }
  return {};
}

Result<OwnerState*> Store::Impl::Load(Shard& shard, const OwnerKey& owner, bool create) {
  if (const auto at = shard.owners.find(owner); at != shard.owners.end()) {
    at->second->touched_ms = SteadyMs();
    return at->second.get();
  }
  FURROW_ASSIGN(const uint64_t epoch, StoredEpoch(owner));
  auto state = std::make_shared<OwnerState>(owner, epoch);
  bool found = false;
  FURROW_TRY(LoadStored(shard, *state, found));
  shard.pending.erase(owner);
  if (!found && !create) return static_cast<OwnerState*>(nullptr);
  state->touched_ms = SteadyMs();
  return shard.owners.emplace(owner, std::move(state)).first->second.get();
}

Status Store::Impl::Visit(std::string_view owner, const std::function<void(OwnerState&)>& visit) {
  const auto key = ToOwnerKey(owner);
  if (!key) return {};
  Shard& shard = shards_[ShardOf(*key)];
  std::lock_guard lock(shard.mutex);
  FURROW_ASSIGN(OwnerState* const state, Load(shard, *key, false));
  if (state != nullptr) visit(*state);
  return {};
}

Result<bool> Store::Impl::IsRepeat(const std::string& key, bool has_lines) {
  if (key.empty()) return false;
  if (replays_.Contains(key, clock_.Steady())) return true;
  if (!has_lines) return false;
  const Micros now = clock_.Now();
  for (const uint32_t slice : {ReplaySlice(now), ReplaySlice(now) - 1}) {
    FURROW_ASSIGN(const auto seen, engine_.Get(Family::kReplay, ReplayKey(slice, key)));
    if (!seen) continue;
    FURROW_ASSIGN(const uint64_t when, DecodeNumber(*seen));
    if (now - static_cast<Micros>(when) <= kReplayMicros) return true;
  }
  return false;
}

void Store::Impl::RememberDurably(const std::string& key, Batch& batch) const {
  const Micros now = clock_.Now();
  batch.Put(Family::kReplay, ReplayKey(ReplaySlice(now), key),
            EncodeNumber(static_cast<uint64_t>(now)));
}

uint64_t Store::Impl::Allocate(uint64_t span, uint64_t bytes, uint64_t points) {
  std::lock_guard lock(log_mutex_);
  const uint64_t sequence = next_sequence_;
  next_sequence_ += span;
  unfolded_bytes_ += bytes;
  unfolded_points_ += points;
  last_append_ms_ = SteadyMs();
  if (unfolded_since_ms_ == 0) unfolded_since_ms_ = last_append_ms_;
  return sequence;
}

void Store::Impl::Release(uint64_t bytes, uint64_t points) {
  std::lock_guard lock(log_mutex_);
  unfolded_bytes_ -= std::min(unfolded_bytes_, bytes);
  unfolded_points_ -= std::min(unfolded_points_, points);
}

Result<bool> Store::Impl::Append(const std::vector<OwnerBatch>& batches,
                                 const AppendOptions& options) {
  {
    std::lock_guard lock(log_mutex_);
    if (unfolded_bytes_ + folding_bytes_ > kBacklogFactor * options_.unfolded_bytes_max) {
      wake_.notify_all();
      return Status(Code::kResourceExhausted, "events arrive faster than they can be stored");
    }
  }
  Record record;
  record.accepted = clock_.Now();
  std::vector<size_t> shard_numbers;
  uint64_t lines = 0, points = 0;
  for (const OwnerBatch& batch : batches) {
    auto key = ToOwnerKey(batch.owner);
    if (!key) {
      return Status(Code::kInvalidArgument, "not an id: " + std::string(batch.owner.substr(0, 64)));
    }
    shard_numbers.push_back(ShardOf(*key));
    record.owners.push_back(Gather(batch, std::move(*key), options.is_monitor));
    lines += batch.logs.size();
    points += batch.scalars.size();
  }
  if (batches.empty()) return true;

  {
    std::sort(shard_numbers.begin(), shard_numbers.end());
    shard_numbers.erase(std::unique(shard_numbers.begin(), shard_numbers.end()),
                        shard_numbers.end());
    std::vector<std::unique_lock<std::mutex>> locks;
    for (const size_t number : shard_numbers) locks.emplace_back(shards_[number].mutex);

    // Under the locks of the owners: the same batch cannot be on its way at the same time.
    FURROW_ASSIGN(const bool repeat, IsRepeat(options.replay_key, lines > 0));
    if (repeat) return false;

    std::vector<OwnerState*> states;
    for (OwnerEvents& events : record.owners) {
      FURROW_ASSIGN(OwnerState* const state,
                    Load(shards_[ShardOf(events.owner)], events.owner, true));
      if (!state->Fits(events)) {
        return Status(Code::kResourceExhausted,
                      "a run has at most " + std::to_string(kSeriesHardMax) + " series");
      }
      events.epoch = state->epoch();
      states.push_back(state);
    }

    const std::string bytes = EncodeRecord(record);
    const uint64_t sequence = Allocate(std::max<uint64_t>(1, lines), bytes.size(), points);
    Batch batch = options.together ? std::move(*options.together) : Batch();
    batch.Put(Family::kEventLog, LogRecordKey(sequence), bytes);
    uint64_t line_sequence = sequence;
    for (size_t i = 0; i < batches.size(); ++i) {
      const std::string prefix = OwnerPrefix(record.owners[i].owner, record.owners[i].epoch);
      for (const LogLine& line : batches[i].logs) {
        batch.Put(Family::kLogs, LineKey(prefix, line.time_ms, line_sequence++), EncodeLine(line));
      }
      for (const Rich& event : batches[i].rich) {
        const std::string series =
            RichSeriesPrefix(prefix, event.type, event.metric, event.variant);
        batch.Put(Family::kRich, RichKey(series, event.iter, event.key), EncodeRich(event));
      }
    }
    if (lines > 0 && !options.replay_key.empty()) RememberDurably(options.replay_key, batch);
    if (const auto written = engine_.Write(std::move(batch)); !written.ok()) {
      Release(bytes.size(), points);
      return written.status();
    }
    for (size_t i = 0; i < states.size(); ++i) {
      states[i]->Apply(record.owners[i], sequence, record.accepted);
      const OwnerKey& owner = record.owners[i].owner;
      if (notes_reported_) shards_[ShardOf(owner)].reported.insert(owner);
    }
    if (!options.replay_key.empty()) replays_.Add(options.replay_key, clock_.Steady());
  }
  points_ += points;
  if (listener) {
    for (const OwnerBatch& batch : batches) listener(batch.owner);
  }
  return true;
}

std::vector<std::string> Store::Impl::TakeReported() {
  notes_reported_ = true;
  std::vector<std::string> owners;
  for (Shard& shard : shards_) {
    std::unordered_set<OwnerKey> reported;
    {
      std::lock_guard lock(shard.mutex);
      reported.swap(shard.reported);
    }
    for (const OwnerKey& key : reported) owners.push_back(Hex(key));
  }
  return owners;
}

std::shared_ptr<const OwnerStats> Store::Impl::Stats(std::string_view owner) {
  std::shared_ptr<const OwnerStats> stats;
  (void)Visit(owner, [&](OwnerState& state) {
    if (!state.Empty()) stats = state.Snapshot();
  });
  return stats;
}

Status Store::Impl::ForEachStats(
    const std::function<bool(const std::string&, const OwnerStats&)>& visit) {
  // Owners in memory, or with records in the log, know more than what is stored of them.
  std::unordered_set<OwnerKey> newer;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (const auto& [key, state] : shard.owners) newer.insert(key);
    for (const auto& [key, sequences] : shard.pending) newer.insert(key);
  }
  for (const OwnerKey& key : newer) {
    std::shared_ptr<const OwnerStats> stats;
    FURROW_TRY(Visit(Hex(key), [&](OwnerState& state) {
      if (!state.Empty()) stats = state.Snapshot();
    }));
    if (stats != nullptr && !visit(Hex(key), *stats)) return {};
  }
  Cursor records = engine_.Scan(Family::kOwners, "", store::Engine::Reading::kOnce);
  OwnerKey marked;
  uint64_t epoch = 0;
  for (records.Seek(""); records.valid(); records.Next()) {
    const OwnerKey key(records.key().substr(0, 16));
    if (newer.contains(key)) continue;
    // An owner's mark comes before its record.
    if (records.key() == OwnerMarkKey(key)) {
      FURROW_ASSIGN(epoch, DecodeNumber(records.value()));
      marked = key;
      continue;
    }
    if (records.key() != OwnerRecordKey(key)) continue;
    OwnerState state(key, marked == key ? epoch : 0);
    FURROW_ASSIGN(const bool current, state.Load(records.value()));
    if (current && !state.Empty() && !visit(Hex(key), *state.Snapshot())) return {};
  }
  return records.status();
}

void Store::Impl::Delete(std::string_view owner, Batch& batch) {
  auto key = ToOwnerKey(owner);
  if (!key) return;
  Record record;
  record.kind = RecordKind::kReset;
  record.accepted = clock_.Now();
  record.owners.emplace_back().owner = *key;
  const std::string bytes = EncodeRecord(record);
  const uint64_t epoch = Allocate(1, bytes.size(), 0);
  batch.Put(Family::kEventLog, LogRecordKey(epoch), bytes);
  batch.Put(Family::kOwners, OwnerMarkKey(*key), EncodeNumber(epoch));
  // Void by the mark; gone, it cannot stand in the way if it is damaged.
  batch.Delete(Family::kOwners, OwnerRecordKey(*key));
}

void Store::Impl::Forget(std::string_view owner) {
  const auto key = ToOwnerKey(owner);
  if (!key) return;
  {
    Shard& shard = shards_[ShardOf(*key)];
    std::lock_guard lock(shard.mutex);
    const auto epoch = StoredEpoch(*key);
    const auto at = shard.owners.find(*key);
    // No mark: the deletion was not written after all.
    if (!epoch.ok() || *epoch == 0) return;
    if (at != shard.owners.end() && at->second->epoch() != *epoch) shard.owners.erase(at);
    std::lock_guard log_lock(log_mutex_);
    resets_.push_back({*key, *epoch, next_sequence_});
  }
  if (listener) listener(owner);
}

Result<uint64_t> Store::Impl::DeleteLogs(std::string_view owner, std::optional<int64_t> before_ms) {
  const auto key = ToOwnerKey(owner);
  if (!key) return uint64_t{0};
  Shard& shard = shards_[ShardOf(*key)];
  std::lock_guard lock(shard.mutex);
  FURROW_ASSIGN(OwnerState* const state, Load(shard, *key, false));
  if (state == nullptr || state->lines() == 0) return uint64_t{0};
  const std::string prefix = OwnerPrefix(*key, state->epoch());
  std::string end = prefix;
  uint64_t count = 0;
  if (before_ms) {
    PutOrdered(end, *before_ms);
    Cursor lines = engine_.Scan(Family::kLogs, prefix);
    for (lines.Seek(""); lines.valid() && lines.key() < end; lines.Next()) ++count;
    FURROW_TRY(lines.status());
  } else {
    end.append(17, '\xff');
    count = state->lines();
  }
  if (count == 0) return count;

  Record record;
  record.kind = RecordKind::kLinesDeleted;
  record.accepted = clock_.Now();
  OwnerEvents& events = record.owners.emplace_back();
  events.owner = *key;
  events.epoch = state->epoch();
  events.lines = count;
  const std::string bytes = EncodeRecord(record);
  const uint64_t sequence = Allocate(1, bytes.size(), 0);
  Batch batch;
  batch.Put(Family::kEventLog, LogRecordKey(sequence), bytes);
  batch.DeleteRange(Family::kLogs, prefix, end);
  if (const auto written = engine_.Write(std::move(batch)); !written.ok()) {
    Release(bytes.size(), 0);
    return written.status();
  }
  state->LinesDeleted(count, sequence);
  if (count >= kLinesWorthCompacting) engine_.CompactRange(Family::kLogs, prefix, end);
  return count;
}

Store::Usage Store::Impl::usage() {
  Usage usage;
  usage.points = points_;
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    usage.owners_loaded += shard.owners.size();
    for (const auto& [key, state] : shard.owners) usage.memory_bytes += state->MemoryBytes();
  }
  std::lock_guard lock(log_mutex_);
  usage.unfolded_bytes = unfolded_bytes_ + folding_bytes_;
  return usage;
}

Result<std::optional<Store::Impl::View>> Store::Impl::ViewSeries(std::string_view owner,
                                                                 std::string_view metric,
                                                                 std::string_view variant) {
  std::optional<View> view;
  FURROW_TRY(Visit(owner, [&](OwnerState& state) {
    SeriesState* const series = state.Find(metric, variant);
    if (series == nullptr || !series->curve) return;
    view.emplace();
    view->number = static_cast<uint32_t>(series - state.series().data());
    view->sealing = state.sealing;
    AppendSeries(state.tail, view->number, view->tail);
    view->workers = state.workers();
    view->prefix = OwnerPrefix(state.key(), state.epoch());
    const bool nothing_sealed = state.folded_sequence() == 0 && !state.sealing;
    // Opened under the lock: a fold that ends later moves no point out of both.
    if (!nothing_sealed) view->sealed.emplace(engine_.Scan(Family::kSeries, view->prefix));
  }));
  return view;
}

Result<std::optional<std::string>> Store::Impl::Prefix(std::string_view owner) {
  std::optional<std::string> prefix;
  FURROW_TRY(
      Visit(owner, [&](OwnerState& state) { prefix = OwnerPrefix(state.key(), state.epoch()); }));
  return prefix;
}

}  // namespace furrow::events
