// SPDX-License-Identifier: Apache-2.0
// Putting blocks and unsealed points together: when a fold merges small blocks, and when a reader
// wants one curve.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "store/events/block.h"

namespace furrow::events {

/// How many of the last blocks, with `open` points each, are to be merged with `fresh` new points.
/// Blocks are merged when eight of about one size have come together, or with a larger one behind
/// them: so a point is rewritten about four times before its block is full, whatever the rate, and
/// a series has at most a few dozen small blocks.
size_t BlocksToMerge(const std::vector<uint16_t>& open, size_t fresh);

/// What a fold knows when it chooses between one more chunk and blocks.
struct FoldSizes {
  size_t tail_points = 0, tail_series = 0;  ///< unsealed
  size_t chunk_points = 0, chunks = 0;
  size_t series = 0;  ///< of the owner, with a curve
};
/// True when chunks and tails together fill blocks well enough, or there are so many chunks that
/// readers would suffer.
bool WorthBlocks(const FoldSizes& sizes);

/// The number of a worker in `workers`, which grows as needed.
uint32_t InternWorker(std::string_view name, std::vector<std::string>& workers);

/// Appends `points`, whose workers are named by `names`, to `to`, extending `workers`.
void AppendNamed(const Columns& points, const std::vector<std::string>& names, Columns& to,
                 std::vector<std::string>& workers);

/// Appends all points of a block, extending `workers`.
Status ReadInto(const Block& block, Columns& to, std::vector<std::string>& workers);

}  // namespace furrow::events
