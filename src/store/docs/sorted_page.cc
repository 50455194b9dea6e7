// SPDX-License-Identifier: Apache-2.0
// The rows of one page in their order, without sorting more than the page.
#include <algorithm>

#include "store/docs/eval.h"
#include "store/docs/order.h"

namespace furrow::docs {
namespace {

using Scores = std::unordered_map<Row, double>;

// One field of an order, with its column looked up.
class OrderField {
 public:
  OrderField(const OrderBy& by, const View& view, const Scores& scores)
      : by_(by), rows_(view.rows), scores_(scores) {
    if (!by.text_score && by.path != kIdPath) column_ = &view.column(by.path);
  }

  int Compare(Row a, Row b) const {
    if (by_id()) return by_.descending ? rows_.Compare(b, a) : rows_.Compare(a, b);
    const Scalar x = Read(a), y = Read(b);
    if (x.tag == Tag::kMissing || y.tag == Tag::kMissing) {
      return static_cast<int>(x.tag == Tag::kMissing) - static_cast<int>(y.tag == Tag::kMissing);
    }
    const int c = CompareScalars(x, y, by_.numeric_text);
    return by_.descending ? -c : c;
  }

  /// Calls `visit(row, key)` for each of `rows`: keys order as Compare does but for ties.
  template <typename Visit>
  void EachKey(const Bits& rows, Visit&& visit) const {
    if (by_id()) {
      return rows.Each([&](Row row) {
        const uint64_t key = rows_.SortKey(row);
        visit(row, by_.descending ? ~key : key);
      });
    }
    const auto give = [&](Row row, uint64_t key) {
      visit(row, by_.descending && key != UINT64_MAX ? Descending(key) : key);
    };
    if (!column_) {
      return rows.Each([&](Row row) { give(row, SortKey(Read(row), false, false)); });
    }
    const bool times_only = column_->times_only();
    const auto ranks = column_->texts_only() ? column_->TextRanks(by_.numeric_text) : nullptr;
    rows.Each([&](Row row) {
      switch (column_->tag(row)) {
        case Tag::kMissing:
          return visit(row, UINT64_MAX);
        case Tag::kInt:
        case Tag::kDouble:
          return give(row, NumberKey(column_->Number(row)));
        case Tag::kTime:
          if (times_only) return give(row, TimeKey(column_->Time(row)));
          break;
        case Tag::kText:
          if (ranks) return give(row, ranks->Key(column_->texts(), column_->TextNumber(row)));
          break;
        default:
          break;
      }
      give(row, SortKey(Read(row), by_.numeric_text, times_only));
    });
  }

 private:
  bool by_id() const { return !by_.text_score && !column_; }
  Scalar Read(Row row) const {
    if (column_) return column_->ReadForOrder(row, by_.descending);
    const auto it = scores_.find(row);
    return {.tag = Tag::kDouble, .real = it == scores_.end() ? 0.0 : it->second};
  }

  const OrderBy& by_;
  const RowIndex& rows_;
  const Scores& scores_;
  const Column* column_ = nullptr;
};

struct Keyed {
  uint64_t key;
  Row row;
};

/// Keeps the `count` least of all it is offered, in no order, and some more.
template <typename Less>
class Least {
 public:
  Least(size_t count, size_t offers, const Less& less) : count_(count), less_(less) {
    // To throw away a few is not worth comparing all.
    room_ = count > offers / 4 ? offers : std::min(offers, std::max(kRoomMin, 2 * count));
    kept_.reserve(room_);
  }

  void Offer(Row row, uint64_t key) {
    if (cut_ && (key > worst_.key || (key == worst_.key && !less_({key, row}, worst_)))) return;
    if (kept_.size() == room_) {
      Cut();
      // The one that had no room is judged like those that follow.
      if (key > worst_.key || (key == worst_.key && !less_({key, row}, worst_))) return;
    }
    kept_.push_back({key, row});
  }

  std::vector<Keyed>& kept() { return kept_; }

 private:
  static constexpr size_t kRoomMin = 256;

  void Cut() {
    const auto last = kept_.begin() + static_cast<int64_t>(count_) - 1;
    std::nth_element(kept_.begin(), last, kept_.end(), less_);
    worst_ = *last;
    cut_ = true;
    kept_.resize(count_);
  }

  const size_t count_;
  const Less& less_;
  size_t room_ = 0;
  std::vector<Keyed> kept_;
  Keyed worst_{};  // of those that stay, once cut_
  bool cut_ = false;
};

}  // namespace

std::vector<Row> SortedPage(const Bits& rows, const std::vector<OrderBy>& order, int64_t offset,
                            int64_t limit, const View& view, const Scores& scores) {
  const auto count = static_cast<int64_t>(rows.Count());
  const int64_t from = std::clamp<int64_t>(offset, 0, count);
  const int64_t to = limit < 0 ? count : from + std::min(limit, count - from);
  if (from == to) return {};

  std::vector<OrderField> fields;
  for (const OrderBy& by : order) fields.emplace_back(by, view, scores);
  const OrderBy by_id{.path = std::string(kIdPath)};
  if (fields.empty()) fields.emplace_back(by_id, view, scores);
  // Most comparisons are decided by one number per row, of the first field of the order.
  const auto less = [&](const Keyed& a, const Keyed& b) {
    if (a.key != b.key) return a.key < b.key;
    for (const OrderField& field : fields) {
      if (const int c = field.Compare(a.row, b.row)) return c < 0;
    }
    return view.rows.Compare(a.row, b.row) < 0;
  };
  Least least(static_cast<size_t>(to), static_cast<size_t>(count), less);
  fields.front().EachKey(rows, [&](Row row, uint64_t key) { least.Offer(row, key); });

  std::vector<Keyed>& kept = least.kept();
  const auto begin = kept.begin();
  if (to < static_cast<int64_t>(kept.size())) {
    std::nth_element(begin, begin + to, kept.end(), less);
  }
  // Only the page itself is sorted.
  if (from > 0) std::nth_element(begin, begin + from, begin + to, less);
  std::sort(begin + from, begin + to, less);
  std::vector<Row> page;
  page.reserve(static_cast<size_t>(to - from));
  for (int64_t i = from; i < to; ++i) page.push_back(kept[static_cast<size_t>(i)].row);
  return page;
}

}  // namespace furrow::docs
