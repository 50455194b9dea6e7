// SPDX-License-Identifier: Apache-2.0
#include "query/schema.h"

#include <algorithm>

namespace furrow::query {
namespace {

// "runtime." of "runtime.*"; empty when the path names one field.
std::string_view PrefixOf(std::string_view path) {
  return path.ends_with(".*") ? path.substr(0, path.size() - 1) : std::string_view();
}

}  // namespace

const Field* EntitySchema::Find(std::string_view at) const {
  const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) {
    const std::string_view prefix = PrefixOf(f.path);
    return prefix.empty() ? f.path == at : at.size() > prefix.size() && at.starts_with(prefix);
  });
  return it == fields.end() ? nullptr : &*it;
}

bool EntitySchema::LeadsToFields(std::string_view at) const {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& f) {
    return f.path.size() > at.size() && f.path.starts_with(at) && f.path[at.size()] == '.';
  });
}

bool EntitySchema::IsMap(std::string_view root) const {
  return std::find(maps.begin(), maps.end(), root) != maps.end();
}

}  // namespace furrow::query
