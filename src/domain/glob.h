// SPDX-License-Identifier: Apache-2.0
// Shell patterns. Pure.
#pragma once

#include <string_view>

namespace furrow::domain {

/// '*' stands for any characters, '?' for one. Takes time in proportion to both lengths at worst,
/// whatever the pattern.
inline bool MatchesGlob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0;
  size_t star = std::string_view::npos, resumed = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resumed = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      // The last star takes one character more; earlier ones need not change.
      p = star + 1;
      t = ++resumed;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace furrow::domain
