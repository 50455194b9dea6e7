// SPDX-License-Identifier: Apache-2.0
// Filters and orders over columns. Where a column cannot tell (a text too long to be kept), a row
// is "maybe" and the caller asks the document.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/docs/column.h"
#include "store/docs/filter.h"
#include "store/docs/plan.h"
#include "store/docs/rows.h"

namespace furrow::docs {

/// The rows and the columns a query reads, all of them built. Valid under the table's lock.
struct View {
  const RowIndex& rows;
  std::map<std::string, const Column*, std::less<>> columns;

  const Column& column(std::string_view path) const { return *columns.find(path)->second; }
};

struct Verdict {
  Bits yes, maybe;  // disjoint
};

/// Decides the rows of `candidates`; of the others it says nothing.
Verdict Evaluate(const Filter& filter, const Bits& candidates, const View& view);

/// Sums the scores of the word searches in `filter` for each of `rows`. A row with a text too long
/// to be kept is put into `unknown` instead.
std::unordered_map<Row, double> TextScores(const Filter& filter, const Bits& rows, const View& view,
                                           Bits& unknown);

/// The rows from `offset` on, `limit` of them (-1: all), in order. `scores` serves text_score.
std::vector<Row> SortedPage(const Bits& rows, const std::vector<OrderBy>& order, int64_t offset,
                            int64_t limit, const View& view,
                            const std::unordered_map<Row, double>& scores);

}  // namespace furrow::docs
