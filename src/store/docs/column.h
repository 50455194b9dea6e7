// SPDX-License-Identifier: Apache-2.0
// One dotted path of every document of a collection, in memory: five bytes a row for texts, lists
// and small numbers, nine for others, plus each distinct text and list once.
#pragma once

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/docs/dictionary.h"
#include "store/docs/filter.h"
#include "store/docs/ranks.h"
#include "store/docs/rows.h"
#include "store/docs/scalar.h"

namespace furrow::docs {

/// Readers may be many while nobody writes.
class Column {
 public:
  /// A row given to another document is set anew; nothing needs to be cleared before.
  void Set(Row row, const Found& found);

  /// No row ever held anything.
  bool empty() const { return tags_.empty(); }
  Tag tag(Row row) const { return row < tags_.size() ? tags_[row] : Tag::kMissing; }
  /// The scalar of a row that holds no list.
  Scalar Read(Row row) const;
  /// What a row holds, lists too; a text or list too long to be kept is missing from it.
  void Read(Row row, Found& found) const;
  /// What a row sorts by: of a list its least element, or its greatest when `descending`.
  Scalar ReadForOrder(Row row, bool descending) const;
  /// No text but times stands in the column.
  bool times_only() const { return texts_.size() == 0 && !long_texts_; }
  /// No times, no lists and no long texts stand among the texts.
  bool texts_only() const { return !times_ && !long_texts_ && !long_lists_ && lists_.size() == 0; }

  /// Adds to `yes` the rows of `candidates` for which the leaf holds, to `maybe` those for which
  /// only the document can tell.
  void Test(const Leaf& leaf, const Bits& candidates, Bits& yes, Bits& maybe) const;
  /// The same for one term of a word search.
  void Test(const TextSearch& search, size_t term, const Bits& candidates, Bits& yes,
            Bits& maybe) const;

  const Dictionary& texts() const { return texts_; }
  /// The dictionary number of a kText row.
  uint32_t TextNumber(Row row) const { return static_cast<uint32_t>(Data(row)); }
  /// The time of a kTime row.
  int64_t Time(Row row) const { return static_cast<int64_t>(Data(row)); }
  /// The number of a kInt or kDouble row.
  double Number(Row row) const {
    const uint64_t data = Data(row);
    return tags_[row] == Tag::kInt ? static_cast<double>(Unfold(data))
                                   : std::bit_cast<double>(data);
  }
  /// Places of the texts in their order, for sorting by them. Made at first use, and again when
  /// many texts have come since.
  std::shared_ptr<const Ranks> TextRanks(bool numeric_text) const;
  size_t bytes() const;
  /// Most of what is kept belongs to no row any more: worth building anew.
  bool stale(size_t rows) const;

 private:
  struct Verdicts;
  // Whole numbers near zero, below it too, as small numbers.
  static uint64_t Fold(int64_t n) {
    return static_cast<uint64_t>(n) << 1 ^ static_cast<uint64_t>(n >> 63);
  }
  static int64_t Unfold(uint64_t folded) {
    return static_cast<int64_t>(folded >> 1) ^ -static_cast<int64_t>(folded & 1);
  }
  template <typename Judge>
  void Decide(const Judge& judge, const Bits& candidates, Bits& yes, Bits& maybe) const;

  uint64_t Data(Row row) const { return wide_ ? data_[row] : narrow_[row]; }
  void SetData(Row row, uint64_t data);
  uint64_t Encode(const Scalar& s, Tag& tag);
  Scalar Decode(Tag tag, uint64_t data) const;
  void DecodeList(uint64_t number, Found& found) const;
  std::shared_ptr<Verdicts> VerdictsNamed(const std::string& name) const;
  // No row ever held anything else.
  bool EverOnly(std::initializer_list<Tag> tags) const;

  std::vector<Tag> tags_;
  std::vector<uint32_t> narrow_;  // what rows hold, as long as all of it fits
  std::vector<uint64_t> data_;    // and once it does not
  bool wide_ = false;
  Dictionary texts_;
  Dictionary lists_;   // a list as its elements' tags and data
  uint16_t ever_ = 0;  // the tags of rows, as bits; of what was, too
  bool times_ = false, long_texts_ = false, long_lists_ = false;  // ever held

  // What patterns said of texts_, kept for the next page of the same search.
  mutable std::mutex kept_mutex_;
  mutable std::list<std::shared_ptr<Verdicts>> kept_;
  mutable std::shared_ptr<const Ranks> ranks_, numeric_ranks_;
};

}  // namespace furrow::docs
