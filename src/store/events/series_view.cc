// SPDX-License-Identifier: Apache-2.0
#include "store/events/series_view.h"

#include <algorithm>

#include "store/events/chunk.h"
#include "store/events/merge.h"

namespace furrow::events {
namespace {

std::string SeriesPrefix(const View& view, uint32_t series) {
  std::string prefix = view.prefix;
  PutBigEndian32(prefix, series);
  return prefix;
}

}  // namespace

Status ForEachBlock(View& view, const std::function<Status(const Block&)>& visit) {
  if (!view.sealed) return {};
  const std::string prefix = SeriesPrefix(view, view.number);
  store::Cursor& cursor = *view.sealed;
  for (cursor.Seek(prefix); cursor.valid() && cursor.key().starts_with(prefix); cursor.Next()) {
    FURROW_ASSIGN(const Block block, Block::Open(cursor.value()));
    FURROW_TRY(visit(block));
  }
  return cursor.status();
}

Result<std::vector<FoundBlock>> FindBlocks(View& view, const Range& range) {
  std::vector<FoundBlock> found;
  FURROW_TRY(ForEachBlock(view, [&](const Block& block) -> Status {
    if (range.Touches(block.head().iter_first, block.head().iter_last)) {
      found.push_back({std::string(view.sealed->key()), block.head()});
    }
    return {};
  }));
  return found;
}

Status ReadFresh(View& view, Columns& points, std::vector<std::string>& workers) {
  if (view.sealed) {
    const std::string prefix = SeriesPrefix(view, kChunkSeries);
    store::Cursor& cursor = *view.sealed;
    for (cursor.Seek(prefix); cursor.valid() && cursor.key().starts_with(prefix); cursor.Next()) {
      FURROW_ASSIGN(const Chunk chunk, Chunk::Open(cursor.value()));
      FURROW_TRY(chunk.Read(view.number, points, workers));
    }
    FURROW_TRY(cursor.status());
  }
  if (view.sealing) {
    Columns sealing;
    AppendSeries(*view.sealing, view.number, sealing);
    AppendNamed(sealing, view.workers, points, workers);
  }
  AppendNamed(view.tail, view.workers, points, workers);
  return {};
}

bool Overlap(const std::vector<FoundBlock>& blocks) {
  for (size_t i = 1; i < blocks.size(); ++i) {
    if (blocks[i].head.iter_first <= blocks[i - 1].head.iter_last) return true;
  }
  return false;
}

void Keep(const Range& range, Columns& columns) {
  if (columns.empty() || (columns.iter.front() >= range.low && columns.iter.back() <= range.high)) {
    return;
  }
  const auto from = static_cast<size_t>(
      std::lower_bound(columns.iter.begin(), columns.iter.end(), range.low) - columns.iter.begin());
  const auto to =
      static_cast<size_t>(std::upper_bound(columns.iter.begin(), columns.iter.end(), range.high) -
                          columns.iter.begin());
  const std::vector<uint32_t> workers = columns.Workers();
  Columns kept;
  for (size_t i = from; i < to; ++i) {
    kept.Add(columns.iter[i], columns.time_ms[i], columns.value[i], workers[i]);
  }
  columns = std::move(kept);
}

Status ReadAll(View& view, const Range& range, Columns& points, std::vector<std::string>& workers) {
  FURROW_TRY(ForEachBlock(view, [&](const Block& block) -> Status {
    if (!range.Touches(block.head().iter_first, block.head().iter_last)) return {};
    return ReadInto(block, points, workers);
  }));
  FURROW_TRY(ReadFresh(view, points, workers));
  points.Normalise();
  Keep(range, points);
  return {};
}

}  // namespace furrow::events
