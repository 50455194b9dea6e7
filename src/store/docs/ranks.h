// SPDX-License-Identifier: Apache-2.0
// The texts of a Dictionary in order: comparing two of them becomes comparing two numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "store/docs/dictionary.h"

namespace furrow::docs {

/// Immutable. Texts added after it was made have keys too, found when asked for.
class Ranks {
 public:
  /// `numeric_text`: see CompareScalars.
  Ranks(const Dictionary& texts, bool numeric_text);

  /// Orders as SortKey of the text does, and decides more: equal for different texts only if both
  /// were added later, or are numbers and equal or nearly so.
  uint64_t Key(const Dictionary& texts, uint32_t number) const;
  /// False when so many texts have been added since that it is worth being made anew.
  bool Fresh(const Dictionary& texts) const;
  size_t bytes() const {
    return (sorted_.capacity() + place_.capacity()) * sizeof(uint32_t) +
           keys_.capacity() * sizeof(uint64_t);
  }

 private:
  const bool numeric_text_;
  std::vector<uint32_t> sorted_;  // numbers by text, without those that are numbers
  std::vector<uint32_t> place_;   // by number: where it stands in sorted_
  std::vector<uint64_t> keys_;    // by number, in place of place_: numeric_text
};

}  // namespace furrow::docs
