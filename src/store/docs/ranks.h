// SPDX-License-Identifier: Apache-2.0
// The texts of a Dictionary in order: comparing two of them becomes comparing two numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "store/docs/dictionary.h"

namespace furrow::docs {

/// Immutable. Texts added after it was made have places too, found when asked for.
class Ranks {
 public:
  explicit Ranks(const Dictionary& texts);

  /// Orders as the texts do; equal for different texts only if both were added later.
  uint32_t Of(const Dictionary& texts, uint32_t number) const;
  /// False when so many texts have been added since that it is worth being made anew.
  bool Fresh(const Dictionary& texts) const;
  size_t bytes() const { return (sorted_.capacity() + place_.capacity()) * sizeof(uint32_t); }

 private:
  std::vector<uint32_t> sorted_;  // numbers by text
  std::vector<uint32_t> place_;   // by number: where it stands in sorted_
};

}  // namespace furrow::docs
