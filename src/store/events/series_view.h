// SPDX-License-Identifier: Apache-2.0
// One series as a reader sees it at one moment: sealed blocks, and what no block holds yet.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "store/events/block.h"
#include "store/events/store.h"

namespace furrow::events {

using View = Store::Impl::View;

/// Iterations, ends included.
struct Range {
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  bool Touches(int64_t first, int64_t last) const { return first <= high && last >= low; }
};

/// A block that may hold points of interest, known by its head.
struct FoundBlock {
  std::string key;
  BlockHead head;
};

/// Calls `visit` with each block of the series, in order of acceptance.
Status ForEachBlock(View& view, const std::function<Status(const Block&)>& visit);
Result<std::vector<FoundBlock>> FindBlocks(View& view, const Range& range);
/// What no block holds yet, in order of acceptance: chunks, then the points in memory.
Status ReadFresh(View& view, Columns& points, std::vector<std::string>& workers);
/// Whether the points of some block reach back into those of the block before.
bool Overlap(const std::vector<FoundBlock>& blocks);
/// Drops what lies outside the range; `columns` are sorted.
void Keep(const Range& range, Columns& columns);
/// All points in the range, sorted, one per iteration.
Status ReadAll(View& view, const Range& range, Columns& points, std::vector<std::string>& workers);

}  // namespace furrow::events
