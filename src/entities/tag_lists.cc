// SPDX-License-Identifier: Apache-2.0
#include "entities/tag_lists.h"

#include <set>

#include "entities/filter.h"
#include "entities/scope.h"

namespace furrow::entities {

Status AnswerTags(const docs::Store& docs, api::Call& call, const std::vector<TagSource>& sources) {
  const bool include_system = call.Flag("include_system");
  FURROW_TRY(call.Check());
  std::set<std::string> tags, system_tags;
  const auto add = [&](const TagSource& source, const docs::Predicate& where, const char* field,
                       std::set<std::string>& into) -> Status {
    FURROW_ASSIGN(auto found, DistinctTexts(docs, source.collection, field, where));
    into.insert(found.begin(), found.end());
    return {};
  };
  for (const TagSource& source : sources) {
    FURROW_ASSIGN(docs::Predicate asked, FilterOf(*source.schema, call.Field("filter")));
    const auto where = docs::Predicate::And({source.where, std::move(asked)});
    FURROW_TRY(add(source, where, "tags", tags));
    if (include_system) FURROW_TRY(add(source, where, "system_tags", system_tags));
  }
  call.response["tags"] = json::Array(tags.begin(), tags.end());
  if (include_system) {
    call.response["system_tags"] = json::Array(system_tags.begin(), system_tags.end());
  }
  return {};
}

}  // namespace furrow::entities
