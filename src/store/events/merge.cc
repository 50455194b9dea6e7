// SPDX-License-Identifier: Apache-2.0
#include "store/events/merge.h"

#include <algorithm>
#include <bit>

namespace furrow::events {
namespace {

constexpr size_t kFanIn = 8;
constexpr size_t kSeriesPointsMin = 512;
constexpr size_t kChunksMax = 64;

// Blocks of one class differ less than eightfold in size. A block that must not be merged (0xffff)
// is above all.
int SizeClass(size_t points) {
  if (points > kBlockPointsMax) return 99;
  return (std::bit_width(points) - 1) / 3;
}

}  // namespace

size_t BlocksToMerge(const std::vector<uint16_t>& open, size_t fresh) {
  size_t taken = 0, size = fresh;
  for (;;) {
    const int own = SizeClass(std::min(size, kBlockPointsMax));
    // All up to the oldest smaller one (numbers are in order of acceptance: none may be passed
    // over), then those of the same class if they have become many.
    size_t smaller = taken, same = taken;
    for (size_t i = taken; i < open.size(); ++i) {
      const int theirs = SizeClass(open[open.size() - 1 - i]);
      if (theirs > own) break;
      if (theirs < own) smaller = i + 1;
      same = i + 1;
    }
    size_t next = smaller;
    if (same - taken + 1 >= kFanIn) next = same;
    if (next == taken) return taken;
    for (size_t i = taken; i < next; ++i) size += open[open.size() - 1 - i];
    taken = next;
  }
}

bool WorthBlocks(const FoldSizes& sizes) {
  if (sizes.chunks == 0) return sizes.tail_points >= kSeriesPointsMin * sizes.tail_series;
  return sizes.chunks >= kChunksMax ||
         sizes.tail_points + sizes.chunk_points >= kSeriesPointsMin * sizes.series;
}

uint32_t InternWorker(std::string_view name, std::vector<std::string>& workers) {
  auto at = std::find(workers.begin(), workers.end(), name);
  if (at == workers.end()) at = workers.emplace(workers.end(), name);
  return static_cast<uint32_t>(at - workers.begin());
}

void AppendNamed(const Columns& points, const std::vector<std::string>& names, Columns& to,
                 std::vector<std::string>& workers) {
  std::vector<uint32_t> map;
  map.reserve(names.size());
  for (const std::string& name : names) map.push_back(InternWorker(name, workers));
  to.Append(points, map);
}

Status ReadInto(const Block& block, Columns& to, std::vector<std::string>& workers) {
  std::vector<uint32_t> map;
  for (const std::string_view name : block.worker_names())
    map.push_back(InternWorker(name, workers));
  return block.ReadInto(to, map);
}

}  // namespace furrow::events
