// SPDX-License-Identifier: Apache-2.0
// The get_tags family: every tag in use.
#pragma once

#include <vector>

#include "api/call.h"
#include "base/status.h"
#include "entities/core.h"
#include "query/schema.h"

namespace furrow::entities {

/// Where tags are looked for.
struct TagSource {
  docs::CollectionId collection;
  const query::EntitySchema* schema;
  docs::Predicate where;
};

/// Answers {tags} and, when the call says include_system, {system_tags}: those of all sources,
/// sorted, of the documents that match the call's `filter`.
Status AnswerTags(const docs::Store& docs, api::Call& call, const std::vector<TagSource>& sources);

}  // namespace furrow::entities
