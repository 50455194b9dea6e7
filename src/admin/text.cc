// SPDX-License-Identifier: Apache-2.0
#include "admin/text.h"

#include <algorithm>

#include <fmt/format.h>

namespace furrow::admin {

std::string Bytes(uint64_t bytes) {
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  // 999.95 would be shown as 1000.0.
  while (value >= 999.95 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string Count(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3;) {
    at -= 3;
    out.insert(at, ",");
  }
  return out;
}

std::string Plural(uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", Count(number), noun, number == 1 ? "" : "s");
}

std::string Padded(std::string_view text, size_t width) {
  const auto shown = static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
  return std::string(text) + std::string(width > shown ? width - shown : 0, ' ');
}

}  // namespace furrow::admin
