// SPDX-License-Identifier: Apache-2.0
#include "entities/scope.h"

#include <algorithm>

#include "entities/find.h"
#include "entities/project_tree.h"

namespace furrow::entities {

Result<docs::Predicate> InProjects(const docs::Store& docs, std::vector<std::string> projects,
                                   bool subprojects) {
  std::erase(projects, "");
  const bool any = std::find(projects.begin(), projects.end(), "*") != projects.end();
  if (projects.empty() || any) return docs::Predicate();
  if (subprojects) {
    FURROW_ASSIGN(projects, WithChildren(docs, projects));
  }
  return AnyOf("project", projects);
}

Result<docs::Predicate> ScopeOf(const docs::Store& docs, api::Call& call) {
  std::vector<std::string> projects = call.Texts("projects");
  for (std::string& id : call.Texts("project")) projects.push_back(std::move(id));
  const bool subprojects = call.Flag("include_subprojects", true);
  FURROW_TRY(call.Check());
  return InProjects(docs, std::move(projects), subprojects);
}

Result<std::vector<std::string>> DistinctTexts(const docs::Store& docs,
                                               docs::CollectionId collection, std::string_view path,
                                               const docs::Predicate& where) {
  FURROW_ASSIGN(const auto values, docs.Distinct(collection, std::string(path), where));
  std::vector<std::string> texts;
  for (const json::Value& v : values) {
    if (v.IsString() && !v.AsString().empty()) texts.push_back(v.AsString());
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

Window WindowOf(api::Call& call, size_t total) {
  constexpr int64_t kPageMax = 10'000;
  const int64_t page = std::max<int64_t>(call.Int("page", 0), 0);
  const int64_t size = std::clamp<int64_t>(call.Int("page_size", 500), 1, kPageMax);
  Window window;
  window.begin = page > static_cast<int64_t>(total) / size
                     ? total
                     : std::min(total, static_cast<size_t>(page * size));
  window.end = std::min(total, window.begin + static_cast<size_t>(size));
  return window;
}

}  // namespace furrow::entities
