// SPDX-License-Identifier: Apache-2.0
// Which documents a request means by its `project` or `projects`, and what their fields hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "base/status.h"
#include "entities/core.h"
#include "store/docs/plan.h"

namespace furrow::entities {

/// Documents of these projects, with `subprojects` of their descendants too. No project (or "*",
/// which clients write for any) means every document.
Result<docs::Predicate> InProjects(const docs::Store& docs, std::vector<std::string> projects,
                                   bool subprojects);

/// The scope of a call: `project` or `projects`, and `include_subprojects` (true unless given).
Result<docs::Predicate> ScopeOf(const docs::Store& docs, api::Call& call);

/// The non-empty texts a field holds among matches, sorted.
Result<std::vector<std::string>> DistinctTexts(const docs::Store& docs,
                                               docs::CollectionId collection, std::string_view path,
                                               const docs::Predicate& where);

/// The part of a list that the call's `page` and `page_size` (500 unless given) ask for.
struct Window {
  size_t begin = 0, end = 0;
};
Window WindowOf(api::Call& call, size_t total);

}  // namespace furrow::entities
