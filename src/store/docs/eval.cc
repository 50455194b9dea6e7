// SPDX-License-Identifier: Apache-2.0
#include "store/docs/eval.h"

#include <algorithm>
#include <array>

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
  const bool not_hex = leaf.kind() == Predicate::Kind::kRegex && !leaf.may_be_hex();
  if (not_hex && view.rows.HexIdsOnly()) return v;
  candidates.Each([&](Row row) {
    if (not_hex && view.rows.HasHexId(row)) return;
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

void EvaluateTermInIds(const TextSearch& search, size_t term, const Bits& candidates,
                       const RowIndex& rows, Bits& yes) {
  const bool may_be_hex = search.hex_terms() >> term & 1;
  if (!may_be_hex && rows.HexIdsOnly()) return;
  std::array<char, 32> buffer;
  candidates.Each([&](Row row) {
    if (!may_be_hex && rows.HasHexId(row)) return;
    if (search.TermIn(term, rows.Id(row, buffer))) yes.Set(row);
  });
}

// A row matches when each term stands in one of its texts, whichever.
Verdict EvaluateText(const TextSearch& search, const Bits& candidates, const View& view) {
  const size_t rows = view.rows.capacity();
  Verdict v{candidates, Bits(rows)};
  for (size_t term = 0; term < search.terms(); ++term) {
    Bits found(rows), unkept(rows), open = Union(v.yes, v.maybe);
    for (const std::string& path : search.paths()) {
      if (!open.Any()) break;
      if (path == kIdPath) {
        EvaluateTermInIds(search, term, open, view.rows, found);
      } else if (!view.column(path).empty()) {
        view.column(path).Test(search, term, open, found, unkept);
      }
      open -= found;
    }
    unkept -= found;
    // Possible for this term and for those before, though not sure for all of them.
    Bits possible = Union(found, unkept);
    v.maybe |= v.yes;
    v.maybe &= possible;
    v.yes &= found;
    v.maybe -= v.yes;
  }
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

}  // namespace furrow::docs
