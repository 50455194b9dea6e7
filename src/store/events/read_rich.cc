// SPDX-License-Identifier: Apache-2.0
// Reading log lines, plots, images and vectors.
#include <algorithm>

#include "store/events/store.h"
#include "store/events/values.h"

namespace furrow::events {
namespace {

using store::Cursor;
using store::Family;

// The last key that may start with `prefix`.
std::string EndOf(std::string prefix) {
  prefix.append(64, '\xff');
  return prefix;
}

}  // namespace

Result<std::vector<StoredLog>> Store::Logs(std::string_view owner, std::optional<int64_t> from_ms,
                                           bool forwards, size_t limit, bool whole_ms) const {
  std::vector<StoredLog> out;
  FURROW_ASSIGN(const auto prefix, impl_->Prefix(owner));
  if (!prefix || limit == 0) return out;
  Cursor cursor = impl_->engine().Scan(Family::kLogs, *prefix);
  if (forwards)
    cursor.Seek(from_ms ? LineKey(*prefix, *from_ms, 0) : *prefix);
  else
    cursor.SeekBack(from_ms ? LineKey(*prefix, *from_ms, UINT64_MAX) : EndOf(*prefix));
  for (; cursor.valid(); forwards ? cursor.Next() : cursor.Prev()) {
    const auto key = ParseLineKey(*prefix, cursor.key());
    if (!key) return Status(Code::kCorruption, "the key of a log line");
    if (out.size() >= limit && !(whole_ms && key->time_ms == out.back().time_ms)) break;
    FURROW_ASSIGN(StoredLog line, DecodeLine(cursor.value()));
    line.time_ms = key->time_ms;
    line.sequence = key->sequence;
    out.push_back(std::move(line));
  }
  FURROW_TRY(cursor.status());
  return out;
}

// Hops from series to series: two seeks each, however many events it has.
Result<std::vector<Store::RichSeries>> Store::RichIndex(std::string_view owner,
                                                        RichType type) const {
  std::vector<RichSeries> out;
  FURROW_ASSIGN(const auto prefix, impl_->Prefix(owner));
  if (!prefix) return out;
  const std::string type_prefix = RichTypePrefix(*prefix, type);
  Cursor cursor = impl_->engine().Scan(Family::kRich, type_prefix);
  cursor.Seek(type_prefix);
  while (cursor.valid()) {
    const std::string key(cursor.key());
    const auto first = ParseRichKey(type_prefix, key);
    if (!first) return Status(Code::kCorruption, "the key of a plot, image or vector");
    // The keys of one series are its prefix, then eight bytes of iteration, then anything.
    const std::string end = EndOf(key.substr(0, first->series_bytes));
    cursor.SeekBack(end);
    const auto last = cursor.valid() ? ParseRichKey(type_prefix, cursor.key()) : std::nullopt;
    if (!last) break;
    out.push_back({first->metric, first->variant, first->iter, last->iter});
    cursor.Seek(end);
  }
  FURROW_TRY(cursor.status());
  return out;
}

Result<std::vector<StoredRich>> Store::RichEvents(std::string_view owner, RichType type,
                                                  std::string_view metric,
                                                  std::optional<std::string_view> variant,
                                                  std::optional<int64_t> from,
                                                  size_t iterations_max, bool oldest_first) const {
  std::vector<StoredRich> out;
  FURROW_ASSIGN(const auto prefix, impl_->Prefix(owner));
  if (!prefix || iterations_max == 0) return out;
  const std::string type_prefix = RichTypePrefix(*prefix, type);

  std::vector<std::string> series;
  if (variant) {
    series.push_back(RichSeriesPrefix(*prefix, type, metric, *variant));
  } else {
    Cursor cursor = impl_->engine().Scan(Family::kRich, RichMetricPrefix(*prefix, type, metric));
    for (cursor.Seek(""); cursor.valid(); cursor.Seek(EndOf(series.back()))) {
      const auto key = ParseRichKey(type_prefix, cursor.key());
      if (!key) return Status(Code::kCorruption, "the key of a plot, image or vector");
      series.emplace_back(cursor.key().substr(0, key->series_bytes));
    }
    FURROW_TRY(cursor.status());
  }

  // First the keys alone: which events are wanted is known once the newest iterations are, over
  // all variants together, and a plot may be megabytes.
  struct Wanted {
    int64_t iter;
    std::string key;
  };
  std::vector<Wanted> wanted;
  for (const std::string& one : series) {
    Cursor cursor = impl_->engine().Scan(Family::kRich, one);
    std::string start = one;
    if (from) PutOrdered(start, *from);
    size_t iterations = 0;
    std::optional<int64_t> last;
    oldest_first ? cursor.Seek(start) : cursor.SeekBack(EndOf(start));
    for (; cursor.valid(); oldest_first ? cursor.Next() : cursor.Prev()) {
      const int64_t iter = Ordered(cursor.key().substr(one.size()));
      if (iter != last && ++iterations > iterations_max) break;
      last = iter;
      wanted.push_back({iter, std::string(cursor.key())});
    }
    FURROW_TRY(cursor.status());
  }
  std::sort(wanted.begin(), wanted.end(), [oldest_first](const Wanted& a, const Wanted& b) {
    if (a.iter != b.iter) return oldest_first ? a.iter < b.iter : a.iter > b.iter;
    return a.key < b.key;
  });
  size_t iterations = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if ((i == 0 || wanted[i].iter != wanted[i - 1].iter) && ++iterations > iterations_max) break;
    FURROW_ASSIGN(const auto value, impl_->engine().Get(Family::kRich, wanted[i].key));
    if (!value) continue;  // deleted while we read
    FURROW_ASSIGN(StoredRich event, DecodeRich(*value));
    auto key = ParseRichKey(type_prefix, wanted[i].key);
    if (!key) return Status(Code::kCorruption, "the key of a plot, image or vector");
    event.metric = std::move(key->metric);
    event.variant = std::move(key->variant);
    event.key = std::move(key->key);
    event.iter = key->iter;
    out.push_back(std::move(event));
  }
  return out;
}

Result<uint64_t> Store::RichCount(std::string_view owner, RichType type, uint64_t most) const {
  FURROW_ASSIGN(const auto prefix, impl_->Prefix(owner));
  uint64_t count = 0;
  if (!prefix) return count;
  Cursor cursor = impl_->engine().Scan(Family::kRich, RichTypePrefix(*prefix, type));
  for (cursor.Seek(""); cursor.valid() && count < most; cursor.Next()) ++count;
  FURROW_TRY(cursor.status());
  return count;
}

}  // namespace furrow::events
