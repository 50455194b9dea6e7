// SPDX-License-Identifier: Apache-2.0
// Clients before 2.3 know one list of tags.
#pragma once

#include "api/version.h"
#include "entities/tags.h"
#include "json/value.h"

namespace furrow::entities {

inline void MergeSystemTags(json::Value& doc, const api::Version& version) {
  constexpr api::Version kSystemTagsSince{2, 3};
  const json::Value* system = doc.Find("system_tags");
  if (version >= kSystemTagsSince || !system) return;
  json::Array both = doc.At("tags").array();
  both.insert(both.end(), system->array().begin(), system->array().end());
  doc["tags"] = NormaliseTags(both);
  doc.object().Erase("system_tags");
}

}  // namespace furrow::entities
