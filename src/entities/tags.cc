// SPDX-License-Identifier: Apache-2.0
#include "entities/tags.h"

#include <algorithm>

#include "api/error.h"

namespace furrow::entities {

bool HasTag(const json::Value& tags, std::string_view tag) {
  const auto& list = tags.array();
  return std::any_of(list.begin(), list.end(),
                     [&](const json::Value& t) { return t.IsString() && t.AsString() == tag; });
}

json::Value NormaliseTags(const json::Value& tags) {
  json::Array out;
  for (const json::Value& t : tags.array()) {
    if (t.IsString() && !t.AsString().empty()) out.push_back(t);
  }
  std::sort(out.begin(), out.end(),
            [](const json::Value& a, const json::Value& b) { return a.AsString() < b.AsString(); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool AddTag(json::Value& tags, std::string_view tag) {
  if (HasTag(tags, tag)) return false;
  tags.array().push_back(std::string(tag));
  tags = NormaliseTags(tags);
  return true;
}

bool RemoveTag(json::Value& tags, std::string_view tag) {
  if (!HasTag(tags, tag)) return false;
  std::erase_if(tags.array(), [&](const json::Value& t) { return t.AsString() == tag; });
  return true;
}

Status CheckUserTags(const json::Value& tags) {
  for (const json::Value& t : tags.array()) {
    if (!t.IsString()) return api::Fail(api::kFieldsType, "tags must be a list of texts");
    if (t.AsString().starts_with("__$")) {
      return api::Fail(api::kFieldsValue, "a tag may not start with '__$'");
    }
  }
  return {};
}

}  // namespace furrow::entities
