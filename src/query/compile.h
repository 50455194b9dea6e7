// SPDX-License-Identifier: Apache-2.0
// Requests of every get_all as plans over a collection: surface of the query language. What a
// member of a request means, the entity's schema says; members it does not name are no filters.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "json/value.h"
#include "query/schema.h"
#include "store/docs/plan.h"

namespace furrow::query {

/// Rows of a page unless the request asks for fewer; more are never given.
inline constexpr int64_t kPageSizeMax = 500;

struct CompileContext {
  /// Leaves hidden documents out, unless the request asks for them (search_hidden, id).
  bool hide_hidden = true;
  /// Projects with all their descendants, for include_subprojects; without it only themselves.
  std::function<Result<std::vector<std::string>>(const std::vector<std::string>& ids)>
      expand_projects;
};

/// Filter, order, and the window of `page` and `page_size`. Errors, all kInvalidArgument: 400/12
/// for what cannot be understood, 400/21 for a bad regular expression.
Result<docs::Plan> Compile(const EntitySchema& schema, const json::Value& request,
                           const CompileContext& context);

/// The filter alone: for counts, for conditions inside other requests.
Result<docs::Predicate> CompileWhere(const EntitySchema& schema, const json::Value& request,
                                     const CompileContext& context);

/// `order_by`: a text or a list of texts, "-" in front for descending; "@text_score" for the best
/// match first.
Result<std::vector<docs::OrderBy>> CompileOrder(const EntitySchema& schema,
                                                const json::Value& request);

}  // namespace furrow::query
