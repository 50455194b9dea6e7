// SPDX-License-Identifier: Apache-2.0
// Tags are kept sorted and unique.
#pragma once

#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace furrow::entities {

bool HasTag(const json::Value& tags, std::string_view tag);
/// Sorted, unique, texts only.
json::Value NormaliseTags(const json::Value& tags);
/// Each returns true when something changed.
bool AddTag(json::Value& tags, std::string_view tag);
bool RemoveTag(json::Value& tags, std::string_view tag);
/// User tags may not look like a query operator: 400/12.
Status CheckUserTags(const json::Value& tags);

}  // namespace furrow::entities
