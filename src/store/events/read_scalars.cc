// SPDX-License-Identifier: Apache-2.0
// Points for paging, and buckets of the pyramid.
#include <algorithm>
#include <cmath>
#include <limits>

#include "store/events/merge.h"
#include "store/events/series_view.h"

namespace furrow::events {
namespace {

constexpr int64_t kIterMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kIterMax = std::numeric_limits<int64_t>::max();

// The key was found in this very view.
Result<Block> OpenAgain(View& view, const std::string& key) {
  view.sealed->Seek(key);
  if (!view.sealed->valid() || view.sealed->key() != key) {
    FURROW_TRY(view.sealed->status());
    return Status(Code::kInternal, "a block of points left a consistent view");
  }
  return Block::Open(view.sealed->value());
}

// The points next to the range's near end, at least `limit` of them where there are so many.
// Without overlap the blocks are read one after the other and no further than needed.
Status ReadSome(View& view, const Range& range, size_t limit, bool descending, Columns& points,
                std::vector<std::string>& workers) {
  FURROW_ASSIGN(std::vector<FoundBlock> blocks, FindBlocks(view, range));
  if (Overlap(blocks)) return ReadAll(view, range, points, workers);
  Range covered = range;
  size_t sure = 0;
  if (descending) std::reverse(blocks.begin(), blocks.end());
  std::vector<const FoundBlock*> wanted;
  for (const FoundBlock& block : blocks) {
    // The near and the far edge of the range cut at most this block short.
    wanted.push_back(&block);
    if (descending)
      covered.low = block.head.iter_first;
    else
      covered.high = block.head.iter_last;
    if (block.head.iter_first >= range.low && block.head.iter_last <= range.high) {
      sure += block.head.count;
    }
    if (sure >= limit) break;
  }
  if (wanted.size() == blocks.size()) covered = range;
  if (descending) std::reverse(wanted.begin(), wanted.end());
  for (const FoundBlock* block : wanted) {
    FURROW_ASSIGN(const Block opened, OpenAgain(view, block->key));
    FURROW_TRY(ReadInto(opened, points, workers));
  }
  FURROW_TRY(ReadFresh(view, points, workers));
  points.Normalise();
  Keep(covered, points);
  return {};
}

// Adds up to `buckets_max` steps of equal width between low and high. A step of the pyramid that
// crosses an edge stays whole, in the bucket where it begins: extremes are exact for the iterations
// that a bucket says it covers.
class Buckets {
 public:
  Buckets(const Range& range, size_t buckets_max) : low_(static_cast<uint64_t>(range.low)) {
    const uint64_t span = static_cast<uint64_t>(range.high) - low_;
    width_ = span / buckets_max + 1;
  }
  void Add(int64_t first, int64_t last, double min, double max, double mean, int64_t count) {
    const uint64_t index = (static_cast<uint64_t>(first) - low_) / width_;
    if (out_.empty() || index != index_) {
      out_.push_back({first, last, min, max, mean, count});
      index_ = index;
      return;
    }
    Bucket& b = out_.back();
    b.iter_last = last;
    if (!(b.min <= min)) b.min = std::isnan(min) ? b.min : min;
    if (!(b.max >= max)) b.max = std::isnan(max) ? b.max : max;
    b.count += count;
    b.mean += (mean - b.mean) * static_cast<double>(count) / static_cast<double>(b.count);
  }
  std::vector<Bucket> Take() { return std::move(out_); }

 private:
  uint64_t low_, width_ = 1, index_ = 0;
  std::vector<Bucket> out_;
};

}  // namespace

Result<std::vector<StoredScalar>> Store::Scalars(std::string_view owner, std::string_view metric,
                                                 std::string_view variant,
                                                 std::optional<int64_t> after_iter, size_t limit,
                                                 bool descending) const {
  std::vector<StoredScalar> out;
  if (limit == 0) return out;
  Range range;
  if (after_iter && descending) {
    if (*after_iter == kIterMin) return out;
    range.high = *after_iter - 1;
  } else if (after_iter) {
    if (*after_iter == kIterMax) return out;
    range.low = *after_iter + 1;
  }
  FURROW_ASSIGN(auto view, impl_->ViewSeries(owner, metric, variant));
  if (!view) return out;
  Columns points;
  std::vector<std::string> workers;
  FURROW_TRY(ReadSome(*view, range, limit, descending, points, workers));
  const std::vector<uint32_t> by = points.Workers();
  const size_t n = std::min(limit, points.size());
  out.reserve(n);
  for (size_t i = 0; i < n; ++i) {
    const size_t k = descending ? points.size() - 1 - i : i;
    out.push_back({points.iter[k], points.time_ms[k], points.value[k], workers[by[k]]});
  }
  return out;
}

Result<std::vector<Bucket>> Store::Pyramid(std::string_view owner, std::string_view metric,
                                           std::string_view variant, int64_t low, int64_t high,
                                           size_t buckets_max) const {
  if (low > high || buckets_max == 0) return std::vector<Bucket>();
  FURROW_ASSIGN(auto view, impl_->ViewSeries(owner, metric, variant));
  if (!view) return std::vector<Bucket>();
  const Range range{low, high};
  Buckets buckets(range, buckets_max);
  FURROW_ASSIGN(const std::vector<FoundBlock> blocks, FindBlocks(*view, range));

  // Unsealed points that reach back into sealed ones replace some of them: then, as with blocks
  // that overlap, only the points themselves tell the truth.
  Columns fresh;
  std::vector<std::string> workers;
  FURROW_TRY(ReadFresh(*view, fresh, workers));
  fresh.Normalise();
  uint64_t sealed = 0;
  for (const FoundBlock& block : blocks) sealed += block.head.count;
  const bool crossing =
      !blocks.empty() && !fresh.empty() && fresh.iter.front() <= blocks.back().head.iter_last;
  if (crossing || Overlap(blocks) || sealed / kGroupPoints < buckets_max) {
    Columns points;
    workers.clear();
    FURROW_TRY(ReadAll(*view, range, points, workers));
    for (size_t i = 0; i < points.size(); ++i) {
      buckets.Add(points.iter[i], points.iter[i], points.value[i], points.value[i], points.value[i],
                  1);
    }
    return buckets.Take();
  }

  for (const FoundBlock& found : blocks) {
    FURROW_ASSIGN(const Block block, OpenAgain(*view, found.key));
    FURROW_ASSIGN(const std::vector<Group> groups, block.Pyramid());
    Columns points;
    const bool inside = found.head.iter_first >= low && found.head.iter_last <= high;
    if (!inside || groups.empty()) FURROW_TRY(block.Read(points));
    auto add_points = [&](size_t from, size_t to) {
      for (size_t i = from; i < to; ++i) {
        if (points.iter[i] < low || points.iter[i] > high) continue;
        buckets.Add(points.iter[i], points.iter[i], points.value[i], points.value[i],
                    points.value[i], 1);
      }
    };
    if (groups.empty()) add_points(0, points.size());
    size_t at = 0;
    for (const Group& g : groups) {
      if (g.iter_first >= low && g.iter_last <= high) {
        buckets.Add(g.iter_first, g.iter_last, g.min, g.max, g.mean, g.count);
      } else {
        add_points(at, at + g.count);
      }
      at += g.count;
    }
  }
  Keep(range, fresh);
  for (size_t i = 0; i < fresh.size(); ++i) {
    buckets.Add(fresh.iter[i], fresh.iter[i], fresh.value[i], fresh.value[i], fresh.value[i], 1);
  }
  return buckets.Take();
}

}  // namespace furrow::events
