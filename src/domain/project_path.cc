// SPDX-License-Identifier: Apache-2.0
#include "domain/project_path.h"

#include <algorithm>

namespace furrow::domain {

std::string NormalisePath(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    std::string_view element = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    const size_t first = element.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    element = element.substr(first, element.find_last_not_of(" \t") - first + 1);
    if (!out.empty()) out += '/';
    out += element;
  }
  return out;
}

PathProblem CheckPath(std::string_view path) {
  if (path.empty()) return PathProblem::kEmpty;
  if (Basename(path).size() < kProjectNameMin) return PathProblem::kTooShort;
  const auto slashes = static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
  return slashes + 1 > kProjectDepthMax ? PathProblem::kTooDeep : PathProblem::kNone;
}

std::vector<std::string> ParentPaths(std::string_view path) {
  std::vector<std::string> out;
  for (size_t at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    out.emplace_back(path.substr(0, at));
  }
  return out;
}

std::string_view Basename(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view ParentPath(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace furrow::domain
