// SPDX-License-Identifier: Apache-2.0
#include "store/events/owner.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "store/events/bytes.h"
#include "store/events/seal.h"

namespace furrow::events {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint8_t kHasCurve = 1, kHasSingle = 2;

uint64_t HashName(std::string_view metric, std::string_view variant) {
  const std::hash<std::string_view> hash;
  return hash(metric) * 0x9e3779b97f4a7c15ull ^ hash(variant);
}

void Count(SeriesStats& s, const OwnerEvents::Point& p) {
  if (s.count == 0) {
    s.first = p.value;
    s.first_iter = p.iter;
    s.min = s.max = std::numeric_limits<double>::quiet_NaN();
  }
  if (s.count == 0 || p.iter > s.iter || (p.iter == s.iter && p.time_ms >= s.time_ms)) {
    s.value = p.value;
    s.iter = p.iter;
    s.time_ms = p.time_ms;
  }
  ++s.count;
  if (std::isnan(p.value)) return;
  if (!(s.min <= p.value)) {
    s.min = p.value;
    s.min_iter = p.iter;
  }
  if (!(s.max >= p.value)) {
    s.max = p.value;
    s.max_iter = p.iter;
  }
  s.sum += p.value;
}

void PutSeries(std::string& out, const SeriesState& state) {
  const SeriesStats& s = state.stats;
  PutString(out, s.metric);
  PutString(out, s.variant);
  PutString(out, s.x_axis_label);
  PutU8(out, (state.curve ? kHasCurve : 0) | (state.single ? kHasSingle : 0));
  PutVarint(out, static_cast<uint64_t>(s.count));
  for (double v : {s.value, s.min, s.max, s.first, s.sum}) PutDouble(out, v);
  for (int64_t v : {s.iter, s.min_iter, s.max_iter, s.first_iter, s.time_ms}) PutSigned(out, v);
  if (state.single) {
    PutDouble(out, state.single_value);
    PutSigned(out, state.single_time_ms);
  }
}

void TakeSeries(Reader& in, SeriesState& state) {
  SeriesStats& s = state.stats;
  s.metric = in.String();
  s.variant = in.String();
  s.x_axis_label = in.String();
  const uint8_t flags = in.U8();
  state.curve = (flags & kHasCurve) != 0;
  state.single = (flags & kHasSingle) != 0;
  s.count = static_cast<int64_t>(in.Varint());
  for (double* v : {&s.value, &s.min, &s.max, &s.first, &s.sum}) *v = in.Double();
  for (int64_t* v : {&s.iter, &s.min_iter, &s.max_iter, &s.first_iter, &s.time_ms}) {
    *v = in.Signed();
  }
  if (state.single) {
    state.single_value = in.Double();
    state.single_time_ms = in.Signed();
  }
}

}  // namespace

void AppendSeries(const Tail& tail, uint32_t series, Columns& to) {
  for (const TailPoint& p : tail) {
    if (p.series == series) to.Add(p.iter, p.time_ms, p.value, p.worker);
  }
}

std::map<uint32_t, Columns> BySeries(const Tail& tail) {
  std::map<uint32_t, Columns> out;
  uint32_t last = 0;
  Columns* columns = nullptr;
  for (const TailPoint& p : tail) {
    if (columns == nullptr || p.series != last) columns = &out[last = p.series];
    columns->Add(p.iter, p.time_ms, p.value, p.worker);
  }
  return out;
}

Result<bool> OwnerState::Load(std::string_view stored) {
  const auto body = Unseal(stored);
  if (!body) {
    return Status(Code::kCorruption, "the statistics of a run: their checksum does not match");
  }
  Reader in(*body);
  if (const uint8_t version = in.U8(); version != kVersion) {
    return Status(Code::kCorruption, "the statistics of a run have version " +
                                         std::to_string(version) +
                                         ", this program reads version 1");
  }
  if (in.Varint() != epoch_) return false;
  folded_sequence_ = last_sequence_ = in.Varint();
  last_event_ = in.Signed();
  if (in.U8() != 0) last_iteration_ = in.Signed();
  lines_ = in.Varint();
  kinds_.resize(in.Bounded(in.left() / 3));
  for (auto& k : kinds_) {
    k.metric = in.String();
    k.kind = in.U8();
    k.last = in.Signed();
  }
  series_.resize(in.Bounded(std::min(kSeriesHardMax, in.left() / 50)));
  for (auto& s : series_) TakeSeries(in, s);
  chunks.first = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
  chunks.next = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
  chunks.points = in.Varint();
  for (auto& s : series_) {
    s.blocks.next = static_cast<uint32_t>(in.Bounded(UINT32_MAX));
    s.blocks.open.resize(in.Bounded(std::min<size_t>(s.blocks.next, in.left())));
    for (auto& points : s.blocks.open) points = static_cast<uint16_t>(in.Bounded(UINT16_MAX));
  }
  if (!in.done()) return Status(Code::kCorruption, "the statistics of a run: their length");
  for (uint32_t i = 0; i < series_.size(); ++i) Index(i);
  return true;
}

bool OwnerState::Fits(const OwnerEvents& events) const {
  if (series_.size() + events.series.size() <= kSeriesHardMax) return true;
  size_t fresh = 0;
  for (const auto& s : events.series) fresh += Lookup(s.metric, s.variant) ? 0 : 1;
  return series_.size() + fresh <= kSeriesHardMax;
}

void OwnerState::Apply(const OwnerEvents& events, uint64_t sequence, Micros accepted) {
  last_sequence_ = sequence;
  snapshot_.reset();
  last_event_ = accepted;
  lines_ += events.lines;

  auto moved = [&](int64_t iter) {
    if (iter != kSingleValueIter) last_iteration_ = std::max(last_iteration_.value_or(iter), iter);
  };
  for (const auto& touch : events.rich) {
    TouchKind(touch.metric, static_cast<uint8_t>(touch.type), accepted);
    moved(touch.iter_max);
  }
  std::vector<uint32_t> numbers;
  numbers.reserve(events.series.size());
  for (const auto& name : events.series) {
    numbers.push_back(FindOrAdd(name));
    if (!name.x_axis_label.empty()) series_[numbers.back()].stats.x_axis_label = name.x_axis_label;
    uint32_t& kind = series_[numbers.back()].kind;
    if (kind == kNoKind)
      kind = TouchKind(name.metric, kScalarKind, accepted);
    else
      kinds_[kind].last = accepted;
  }
  const uint32_t worker = events.points.empty() ? 0 : Worker(events.worker);
  for (const auto& p : events.points) {
    SeriesState& s = series_[numbers[p.series]];
    Count(s.stats, p);
    if (p.iter == kSingleValueIter) {
      s.single = true;
      s.single_value = p.value;
      s.single_time_ms = p.time_ms;
      continue;
    }
    s.curve = true;
    tail.push_back({p.iter, p.time_ms, p.value, numbers[p.series], worker});
    if (!events.series[p.series].monitor) moved(p.iter);
  }
}

void OwnerState::LinesDeleted(uint64_t count, uint64_t sequence) {
  last_sequence_ = sequence;
  lines_ -= std::min(lines_, count);
}

std::string OwnerState::EncodeStats() const {
  std::string out;
  PutU8(out, kVersion);
  PutVarint(out, epoch_);
  PutVarint(out, last_sequence_);
  PutSigned(out, last_event_);
  PutU8(out, last_iteration_ ? 1 : 0);
  if (last_iteration_) PutSigned(out, *last_iteration_);
  PutVarint(out, lines_);
  PutVarint(out, kinds_.size());
  for (const auto& k : kinds_) {
    PutString(out, k.metric);
    PutU8(out, k.kind);
    PutSigned(out, k.last);
  }
  PutVarint(out, series_.size());
  for (const auto& s : series_) PutSeries(out, s);
  return out;
}

std::string OwnerState::Encode(const std::string& stats, const ChunkList& chunks,
                               const std::vector<BlockList>& blocks) {
  std::string out = stats;
  PutVarint(out, chunks.first);
  PutVarint(out, chunks.next);
  PutVarint(out, chunks.points);
  for (const BlockList& list : blocks) {
    PutVarint(out, list.next);
    PutVarint(out, list.open.size());
    for (uint16_t points : list.open) PutVarint(out, points);
  }
  Seal(out);
  return out;
}

SeriesState* OwnerState::Find(std::string_view metric, std::string_view variant) {
  const auto at = Lookup(metric, variant);
  return at ? &series_[*at] : nullptr;
}

std::shared_ptr<const OwnerStats> OwnerState::Snapshot() {
  if (snapshot_) return snapshot_;
  auto stats = std::make_shared<OwnerStats>();
  stats->series.reserve(std::min(series_.size(), kSeriesMax));
  for (const auto& s : series_) {
    if (stats->series.size() == kSeriesMax) break;
    stats->series.push_back(s.stats);
  }
  stats->last_iteration = last_iteration_;
  stats->last_event = last_event_;
  stats->kinds = kinds_;
  return snapshot_ = std::move(stats);
}

bool OwnerState::Empty() const { return series_.empty() && kinds_.empty() && lines_ == 0; }

size_t OwnerState::MemoryBytes() const {
  size_t bytes = sizeof *this + series_.capacity() * sizeof(SeriesState) + slots_.capacity() * 4 +
                 kinds_.capacity() * sizeof(kinds_[0]);
  if (snapshot_) bytes += snapshot_->series.size() * sizeof(SeriesStats);
  for (const auto& s : series_) bytes += s.blocks.open.capacity() * 2;
  bytes += tail.capacity() * sizeof(TailPoint);
  if (sealing) bytes += sealing->capacity() * sizeof(TailPoint);
  return bytes;
}

std::optional<uint32_t> OwnerState::Lookup(std::string_view metric,
                                           std::string_view variant) const {
  if (slots_.empty()) return std::nullopt;
  const size_t mask = slots_.size() - 1;
  for (size_t at = HashName(metric, variant) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    const SeriesStats& s = series_[slots_[at] - 1].stats;
    if (s.metric == metric && s.variant == variant) return slots_[at] - 1;
  }
  return std::nullopt;
}

void OwnerState::Index(uint32_t series) {
  if ((series + 1) * 2 > slots_.size()) {
    slots_.assign(std::max<size_t>(8, slots_.size() * 2), 0);
    for (uint32_t i = 0; i < series; ++i) Index(i);
  }
  const size_t mask = slots_.size() - 1;
  const SeriesStats& s = series_[series].stats;
  size_t at = HashName(s.metric, s.variant) & mask;
  while (slots_[at] != 0) at = (at + 1) & mask;
  slots_[at] = series + 1;
}

uint32_t OwnerState::FindOrAdd(const OwnerEvents::Series& name) {
  if (const auto at = Lookup(name.metric, name.variant)) return *at;
  const auto number = static_cast<uint32_t>(series_.size());
  series_.emplace_back();
  series_.back().stats.metric = name.metric;
  series_.back().stats.variant = name.variant;
  Index(number);
  return number;
}

uint32_t OwnerState::Worker(std::string_view name) {
  for (size_t i = workers_.size(); i-- > 0;) {
    if (workers_[i] == name) return static_cast<uint32_t>(i);
  }
  workers_.emplace_back(name);
  return static_cast<uint32_t>(workers_.size() - 1);
}

uint32_t OwnerState::TouchKind(std::string_view metric, uint8_t kind, Micros when) {
  uint32_t i = 0;
  while (i < kinds_.size() && (kinds_[i].kind != kind || kinds_[i].metric != metric)) ++i;
  if (i == kinds_.size()) {
    if (i == kKindsMax) return kNoKind;
    kinds_.push_back({std::string(metric), kind, when});
  }
  kinds_[i].last = when;
  return i;
}

void OwnerState::Folded(uint64_t sequence) {
  folded_sequence_ = sequence;
  // Only unsealed points refer to workers by number.
  if (tail.empty() && !sealing) workers_.clear();
}

}  // namespace furrow::events
