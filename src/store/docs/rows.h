// SPDX-License-Identifier: Apache-2.0
// Dense row numbers for the ids of a collection, and sets of rows as bits.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace furrow::docs {

using Row = uint32_t;
inline constexpr Row kNoRow = UINT32_MAX;

/// A set of rows.
class Bits {
 public:
  Bits() = default;
  explicit Bits(size_t rows) : words_((rows + 63) / 64) {}

  void Set(Row row) { words_[row / 64] |= uint64_t{1} << (row % 64); }
  void Reset(Row row) { words_[row / 64] &= ~(uint64_t{1} << (row % 64)); }
  bool Has(Row row) const {
    return row / 64 < words_.size() && (words_[row / 64] >> (row % 64) & 1);
  }
  void Grow(size_t rows) { words_.resize((rows + 63) / 64); }
  bool Any() const;
  size_t Count() const;
  Bits& operator&=(const Bits& other);
  Bits& operator|=(const Bits& other);
  /// Takes the rows of `other` away.
  Bits& operator-=(const Bits& other);
  template <typename Visit>
  void Each(Visit&& visit) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t word = words_[w]; word != 0; word &= word - 1) {
        visit(static_cast<Row>(w * 64 + static_cast<size_t>(std::countr_zero(word))));
      }
    }
  }
  /// Adds the rows of `among`, which knows as many, for which `holds`. The way to test very many.
  template <typename Holds>
  void SetWhere(const Bits& among, Holds&& holds) {
    for (size_t w = 0; w < words_.size(); ++w) {
      const uint64_t candidates = among.words_[w];
      uint64_t found = 0;
      if (candidates == ~uint64_t{0}) {
        for (size_t i = 0; i < 64; ++i) {
          found |= static_cast<uint64_t>(holds(static_cast<Row>(w * 64 + i))) << i;
        }
      } else {
        for (uint64_t word = candidates; word != 0; word &= word - 1) {
          const auto i = static_cast<size_t>(std::countr_zero(word));
          found |= static_cast<uint64_t>(holds(static_cast<Row>(w * 64 + i))) << i;
        }
      }
      words_[w] |= found;
    }
  }

 private:
  std::vector<uint64_t> words_;
};

/// Ids to rows and back. Rows of removed ids are used again. 24 bytes per id of 32 hexadecimal
/// digits. Not thread-safe.
class RowIndex {
 public:
  /// The row of `id`, new or old.
  Row Add(std::string_view id);
  Row Find(std::string_view id) const;
  /// kNoRow when there was none.
  Row Remove(std::string_view id);
  /// The id of a live row.
  std::string Id(Row row) const;
  /// The same without a copy: as long as `buffer` and the row live.
  std::string_view Id(Row row, std::array<char, 32>& buffer) const;
  /// Whether a live row's id is 32 small hexadecimal digits.
  bool HasHexId(Row row) const { return kinds_[row] == kHex; }
  /// Whether every live row's is.
  bool HexIdsOnly() const { return odd_.empty(); }
  /// As comparing the ids as texts: <0, 0, >0.
  int Compare(Row a, Row b) const;
  /// Orders like Compare but for ties.
  uint64_t SortKey(Row row) const;

  /// Rows given out so far, live or not.
  size_t capacity() const { return kinds_.size(); }
  size_t size() const { return kinds_.size() - free_.size(); }
  const Bits& live() const { return live_; }
  size_t bytes() const;

 private:
  enum Kind : uint8_t { kFree, kHex, kOdd };
  using Packed = std::array<unsigned char, 16>;

  size_t Slot(std::string_view id, Kind kind, const Packed& packed) const;
  bool Is(Row row, std::string_view id, Kind kind, const Packed& packed) const;
  void Rehash(size_t slots);

  std::vector<Packed> packed_;  // kHex: the id; kOdd: its first bytes
  std::vector<Kind> kinds_;
  std::unordered_map<Row, std::string> odd_;  // ids that are not 32 hexadecimal digits
  std::vector<Row> free_;
  std::vector<uint32_t> slots_;  // open addressing
  size_t used_ = 0;              // slots that are not empty, removed ones included
  Bits live_;
};

}  // namespace furrow::docs
