// SPDX-License-Identifier: Apache-2.0
#include "store/docs/ranks.h"

#include <algorithm>
#include <numeric>

namespace furrow::docs {

Ranks::Ranks(const Dictionary& texts) : sorted_(texts.size()), place_(texts.size()) {
  std::iota(sorted_.begin(), sorted_.end(), 0u);
  std::sort(sorted_.begin(), sorted_.end(),
            [&](uint32_t a, uint32_t b) { return texts.Text(a) < texts.Text(b); });
  for (uint32_t i = 0; i < sorted_.size(); ++i) place_[sorted_[i]] = i;
}

// Odd numbers for the places themselves, even ones for the gaps before them.
uint32_t Ranks::Of(const Dictionary& texts, uint32_t number) const {
  if (number < place_.size()) return 2 * place_[number] + 1;
  const auto at =
      std::lower_bound(sorted_.begin(), sorted_.end(), texts.Text(number),
                       [&](uint32_t n, std::string_view t) { return texts.Text(n) < t; });
  return 2 * static_cast<uint32_t>(at - sorted_.begin());
}

bool Ranks::Fresh(const Dictionary& texts) const {
  return texts.size() <= place_.size() + place_.size() / 8 + 64;
}

}  // namespace furrow::docs
