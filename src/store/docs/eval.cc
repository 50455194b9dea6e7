// SPDX-License-Identifier: Apache-2.0
#include "store/docs/eval.h"

#include <algorithm>
#include <array>

#include "store/docs/order.h"

namespace furrow::docs {
namespace {

Bits Union(const Bits& a, const Bits& b) {
  Bits c = a;
  c |= b;
  return c;
}

Verdict EvaluateId(const Leaf& leaf, const Bits& candidates, const View& view) {
  Verdict v{Bits(view.rows.capacity()), Bits(view.rows.capacity())};
  if (const std::vector<std::string>* ids = leaf.only_texts()) {
    for (const std::string& id : *ids) {
      const Row row = view.rows.Find(id);
      if (row != kNoRow && candidates.Has(row)) v.yes.Set(row);
    }
    return v;
  }
  std::array<char, 32> buffer;
  const bool regex = leaf.kind() == Predicate::Kind::kRegex;
  candidates.Each([&](Row row) {
    if (regex && !leaf.may_be_hex() && view.rows.HasHexId(row)) return;
    if (leaf.TestOne({.tag = Tag::kText, .text = view.rows.Id(row, buffer)})) v.yes.Set(row);
  });
  return v;
}

// Visits every text a row holds under `path`; false when some are too long to be kept.
template <typename Visit>
bool EachText(const View& view, const std::string& path, Row row, Found& found, Visit&& visit) {
  if (path == kIdPath) {
    visit(std::string_view(view.rows.Id(row)));
    return true;
  }
  const Column& column = view.column(path);
  const Tag tag = column.tag(row);
  if (tag == Tag::kMissing) return true;
  if (tag == Tag::kLong || tag == Tag::kLongList) return false;
  column.Read(row, found);
  for (const Scalar& s : found.scalars) {
    if (s.tag == Tag::kText) visit(s.text);
    if (s.tag == Tag::kTime) visit(std::string_view(FormatTime(s.whole)));
  }
  return true;
}

// Adds to `terms` what the texts of one column hold, for the rows of `open`; to `unkept` the rows
// whose text is too long to be here.
void TermsOfColumn(const TextSearch& search, const Column& column, const Bits& open,
                   std::vector<uint32_t>& terms, Bits& unkept) {
  // Reached the first time a row asks: columns hold few texts or one per row.
  constexpr uint64_t kUnknown = UINT64_MAX;
  std::vector<uint64_t> of_text(column.texts().size(), kUnknown);
  Found found;
  open.Each([&](Row row) {
    switch (column.tag(row)) {
      case Tag::kMissing:
        return;
      case Tag::kText: {
        const uint32_t number = column.TextNumber(row);
        uint64_t& known = of_text[number];
        if (known == kUnknown) known = search.Terms(column.texts().Text(number));
        terms[row] |= static_cast<uint32_t>(known);
        return;
      }
      case Tag::kLong:
      case Tag::kLongList:
        return unkept.Set(row);
      default:
        column.Read(row, found);
        for (const Scalar& s : found.scalars) {
          if (s.tag == Tag::kText) terms[row] |= search.Terms(s.text);
          if (s.tag == Tag::kTime) terms[row] |= search.Terms(FormatTime(s.whole));
        }
    }
  });
}

Verdict EvaluateText(const TextSearch& search, const Bits& candidates, const View& view) {
  const size_t rows = view.rows.capacity();
  Verdict v{Bits(rows), Bits(rows)};
  std::vector<uint32_t> terms(rows, 0);
  Bits open = candidates;  // rows of which not all terms are found yet
  const auto close = [&] {
    open.Each([&](Row row) {
      if (terms[row] != search.all_terms()) return;
      v.yes.Set(row);
    });
    open -= v.yes;
  };
  close();
  for (const std::string& path : search.paths()) {
    if (!open.Any()) break;
    if (path != kIdPath) {
      const Column& column = view.column(path);
      if (column.empty()) continue;
      TermsOfColumn(search, column, open, terms, v.maybe);
    } else {
      std::array<char, 32> buffer;
      open.Each([&](Row row) {
        if (search.hex_terms() == 0 && view.rows.HasHexId(row)) return;
        terms[row] |= search.Terms(view.rows.Id(row, buffer));
      });
    }
    close();
  }
  v.maybe -= v.yes;
  return v;
}

}  // namespace

Verdict Evaluate(const Filter& filter, const Bits& candidates, const View& view) {
  const size_t rows = view.rows.capacity();
  switch (filter.op) {
    case Filter::Op::kTrue:
      return {candidates, Bits(rows)};
    case Filter::Op::kLeaf: {
      if (filter.leaf->path() == kIdPath) return EvaluateId(*filter.leaf, candidates, view);
      Verdict v{Bits(rows), Bits(rows)};
      view.column(filter.leaf->path()).Test(*filter.leaf, candidates, v.yes, v.maybe);
      return v;
    }
    case Filter::Op::kText:
      return EvaluateText(*filter.text, candidates, view);
    case Filter::Op::kAnd: {
      Bits yes = candidates, possible = candidates;
      for (const Filter& child : filter.children) {
        if (!possible.Any()) break;
        const Verdict v = Evaluate(child, possible, view);
        yes &= v.yes;
        possible = Union(v.yes, v.maybe);
      }
      possible -= yes;
      return {std::move(yes), std::move(possible)};
    }
    case Filter::Op::kOr: {
      Verdict all{Bits(rows), Bits(rows)};
      Bits rest = candidates;
      for (const Filter& child : filter.children) {
        if (!rest.Any()) break;
        const Verdict v = Evaluate(child, rest, view);
        all.yes |= v.yes;
        all.maybe |= v.maybe;
        rest -= v.yes;
      }
      all.maybe -= all.yes;
      return all;
    }
    case Filter::Op::kNot: {
      Verdict v = Evaluate(filter.children.front(), candidates, view);
      Bits yes = candidates;
      yes -= v.yes;
      yes -= v.maybe;
      return {std::move(yes), std::move(v.maybe)};
    }
  }
  return {Bits(rows), Bits(rows)};
}

std::unordered_map<Row, double> TextScores(const Filter& filter, const Bits& rows, const View& view,
                                           Bits& unknown) {
  std::unordered_map<Row, double> scores;
  if (filter.op == Filter::Op::kText) {
    Found found;
    rows.Each([&](Row row) {
      double score = 0;
      for (size_t i = 0; i < filter.text->paths().size(); ++i) {
        if (!EachText(view, filter.text->paths()[i], row, found,
                      [&](std::string_view text) { score += filter.text->Score(i, text); })) {
          return unknown.Set(row);
        }
      }
      scores[row] = score;
    });
  }
  for (const Filter& child : filter.children) {
    for (const auto& [row, score] : TextScores(child, rows, view, unknown)) scores[row] += score;
  }
  return scores;
}

std::vector<Row> SortedPage(const Bits& rows, const std::vector<OrderBy>& order, int64_t offset,
                            int64_t limit, const View& view,
                            const std::unordered_map<Row, double>& scores) {
  const auto score_of = [&](Row row) {
    const auto it = scores.find(row);
    return it == scores.end() ? 0.0 : it->second;
  };
  const auto scalar_of = [&](const OrderBy& by, Row row) {
    return by.text_score ? Scalar{.tag = Tag::kDouble, .real = score_of(row)}
                         : view.column(by.path).ReadForOrder(row, by.descending);
  };
  const auto compare_by = [&](const OrderBy& by, Row a, Row b) {
    if (!by.text_score && by.path == kIdPath) {
      return by.descending ? view.rows.Compare(b, a) : view.rows.Compare(a, b);
    }
    const Scalar x = scalar_of(by, a), y = scalar_of(by, b);
    if (x.tag == Tag::kMissing || y.tag == Tag::kMissing) {
      return static_cast<int>(x.tag == Tag::kMissing) - static_cast<int>(y.tag == Tag::kMissing);
    }
    const int c = CompareScalars(x, y, by.numeric_text);
    return by.descending ? -c : c;
  };

  // Most comparisons are decided by one number per row, of the first field of the order.
  struct Keyed {
    uint64_t key;
    Row row;
  };
  std::vector<Keyed> keyed;
  keyed.reserve(rows.Count());
  const OrderBy by_id{.path = std::string(kIdPath)};
  const OrderBy& first = order.empty() ? by_id : order.front();
  if (!first.text_score && first.path == kIdPath) {
    rows.Each([&](Row row) {
      const uint64_t key = view.rows.SortKey(row);
      keyed.push_back({first.descending ? ~key : key, row});
    });
  } else {
    const Column* column = first.text_score ? nullptr : &view.column(first.path);
    const bool times_only = column && column->times_only();
    const bool ranked = column && !first.numeric_text && column->texts_only();
    const auto ranks = ranked ? column->TextRanks() : nullptr;
    rows.Each([&](Row row) {
      if (ranks && column->tag(row) == Tag::kText) {
        const uint32_t rank = ranks->Of(column->texts(), column->TextNumber(row));
        keyed.push_back({RankKey(rank, first.descending), row});
        return;
      }
      keyed.push_back(
          {SortKey(scalar_of(first, row), first.numeric_text, times_only, first.descending), row});
    });
  }
  const auto less = [&](const Keyed& a, const Keyed& b) {
    if (a.key != b.key) return a.key < b.key;
    for (const OrderBy& by : order) {
      if (const int c = compare_by(by, a.row, b.row)) return c < 0;
    }
    return view.rows.Compare(a.row, b.row) < 0;
  };

  const auto count = static_cast<int64_t>(keyed.size());
  const int64_t from = std::clamp<int64_t>(offset, 0, count);
  const int64_t to = limit < 0 ? count : from + std::min(limit, count - from);
  if (from < to) {
    // Only the page itself is sorted.
    const auto begin = keyed.begin();
    if (to < count) std::nth_element(begin, begin + to, keyed.end(), less);
    if (from > 0) std::nth_element(begin, begin + from, begin + to, less);
    std::sort(begin + from, begin + to, less);
  }
  std::vector<Row> page;
  for (int64_t i = from; i < to; ++i) page.push_back(keyed[static_cast<size_t>(i)].row);
  return page;
}

}  // namespace furrow::docs
