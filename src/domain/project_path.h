// SPDX-License-Identifier: Apache-2.0
// Project names are paths, "field/trials/2026". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace furrow::domain {

inline constexpr size_t kProjectDepthMax = 10;
inline constexpr size_t kProjectNameMin = 3;

enum class PathProblem { kNone, kEmpty, kTooShort, kTooDeep };

/// The path without empty elements and blanks around them: " a//b/ " -> "a/b".
std::string NormalisePath(std::string_view path);
/// Of a normalised path: the basename has three characters or more, at most ten elements.
PathProblem CheckPath(std::string_view path);
/// "a/b/c" -> {"a", "a/b"}; outermost first.
std::vector<std::string> ParentPaths(std::string_view path);
std::string_view Basename(std::string_view path);
/// "" for a top-level path.
std::string_view ParentPath(std::string_view path);

}  // namespace furrow::domain
