// SPDX-License-Identifier: Apache-2.0
// API versions: 2.5 < 2.13 < 2.34 < 999.0.
#pragma once

#include <charconv>
#include <compare>
#include <optional>
#include <string_view>

namespace furrow::api {

struct Version {
  int major = 0;
  int minor = 0;
  auto operator<=>(const Version&) const = default;
};

inline constexpr Version kNewest{2, 34};
inline constexpr std::string_view kNewestText = "2.34";
/// What clients compare numerically: digits and dots only.
inline constexpr std::string_view kServerVersion = "2.3.0";

/// "2.23" or "3" -> a version; nullopt otherwise.
inline std::optional<Version> ParseVersion(std::string_view text) {
  Version v;
  const char* end = text.data() + text.size();
  auto major = std::from_chars(text.data(), end, v.major);
  if (major.ec != std::errc()) return std::nullopt;
  if (major.ptr == end) return v;
  if (*major.ptr != '.') return std::nullopt;
  auto minor = std::from_chars(major.ptr + 1, end, v.minor);
  if (minor.ec != std::errc() || minor.ptr != end) return std::nullopt;
  return v;
}

}  // namespace furrow::api
