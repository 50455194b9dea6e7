// SPDX-License-Identifier: Apache-2.0
#include "entities/filter.h"

#include "query/compile.h"

namespace furrow::entities {

Result<docs::Predicate> FilterOf(const query::EntitySchema& schema, const json::Value& filter) {
  if (filter.IsNull()) return docs::Predicate();
  return query::CompileWhere(schema, filter, {.hide_hidden = false, .expand_projects = nullptr});
}

}  // namespace furrow::entities
