// SPDX-License-Identifier: Apache-2.0
// A filter object within a request, e.g. {tags: ["a"], system_tags: ["-archived"]}.
#pragma once

#include "base/status.h"
#include "json/value.h"
#include "query/schema.h"
#include "store/docs/plan.h"

namespace furrow::entities {

/// What the search members of `filter` ask of an entity, as get_all would read them; null asks for
/// nothing. Errors as get_all's.
Result<docs::Predicate> FilterOf(const query::EntitySchema& schema, const json::Value& filter);

}  // namespace furrow::entities
