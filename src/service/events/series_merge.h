// SPDX-License-Identifier: Apache-2.0
// Events of many series in one order of iterations, read in small pieces from where a page ended.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "base/status.h"

namespace furrow::service::events {

/// The last event of a page: the next begins behind it.
struct MergePosition {
  int64_t iter = 0;
  std::string metric, variant;
};

/// By iteration (down when `descending`), then metric, then variant. Not thread-safe.
template <typename Event>
class SeriesMerge {
 public:
  struct Item {
    int64_t iter = 0;
    Event event;
  };
  /// Events of one series next to `after`, all of an iteration or none of it; at least one unless
  /// there is no more.
  using Fetch =
      std::function<Result<std::vector<Item>>(std::optional<int64_t> after, size_t limit)>;
  struct Series {
    std::string metric, variant;
    Fetch fetch;
  };

  SeriesMerge(std::vector<Series> series, bool descending, std::optional<MergePosition> after,
              size_t limit)
      : descending_(descending), chunk_(std::max<size_t>(8, 2 * limit / (series.size() + 1))) {
    std::sort(series.begin(), series.end(), [](const Series& a, const Series& b) {
      return std::tie(a.metric, a.variant) < std::tie(b.metric, b.variant);
    });
    for (Series& s : series) {
      Source& source = sources_.emplace_back(Source{std::move(s), {}, 0, {}, false});
      if (!after) continue;
      const bool iteration_done = std::tie(source.series.metric, source.series.variant) <=
                                  std::tie(after->metric, after->variant);
      source.after = iteration_done ? std::optional(after->iter) : Before(after->iter);
    }
  }

  /// Up to `limit` events, and what is left of the last one's series and iteration. `last` is set
  /// unless there was none.
  Result<std::vector<Event>> Take(size_t limit, std::optional<MergePosition>& last) {
    std::vector<Event> out;
    std::vector<size_t> heap;
    const auto behind = [this](size_t a, size_t b) { return Behind(a, b); };
    for (size_t i = 0; i < sources_.size(); ++i) {
      FURROW_ASSIGN(const bool more, Fill(sources_[i]));
      if (more) heap.push_back(i);
    }
    std::make_heap(heap.begin(), heap.end(), behind);
    while (!heap.empty() && out.size() < limit) {
      std::pop_heap(heap.begin(), heap.end(), behind);
      Source& source = sources_[heap.back()];
      const int64_t iter = source.items[source.at].iter;
      bool more = true;
      while (more && source.items[source.at].iter == iter) {
        out.push_back(std::move(source.items[source.at++].event));
        FURROW_ASSIGN(more, Fill(source));
      }
      last = MergePosition{iter, source.series.metric, source.series.variant};
      if (more) {
        std::push_heap(heap.begin(), heap.end(), behind);
      } else {
        heap.pop_back();
      }
    }
    return out;
  }

 private:
  struct Source {
    Series series;
    std::vector<Item> items;
    size_t at = 0;
    std::optional<int64_t> after;
    bool ended = false;
  };

  // Just before `iter` in reading order; nullopt when that is where reading begins anyway.
  std::optional<int64_t> Before(int64_t iter) const {
    if (descending_) {
      if (iter == std::numeric_limits<int64_t>::max()) return std::nullopt;
      return iter + 1;
    }
    if (iter == std::numeric_limits<int64_t>::min()) return std::nullopt;
    return iter - 1;
  }

  Result<bool> Fill(Source& source) {
    if (source.at < source.items.size()) return true;
    if (source.ended) return false;
    FURROW_ASSIGN(source.items, source.series.fetch(source.after, chunk_));
    source.at = 0;
    source.ended = source.items.empty();
    if (!source.ended) source.after = source.items.back().iter;
    return !source.ended;
  }

  bool Behind(size_t a, size_t b) const {
    const int64_t x = sources_[a].items[sources_[a].at].iter;
    const int64_t y = sources_[b].items[sources_[b].at].iter;
    if (x != y) return descending_ ? x < y : x > y;
    return a > b;
  }

  const bool descending_;
  const size_t chunk_;
  std::vector<Source> sources_;
};

}  // namespace furrow::service::events
