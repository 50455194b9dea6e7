// SPDX-License-Identifier: Apache-2.0
// How the fields of an entity behave in requests. The tables themselves: query/entities.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace furrow::query {

/// What a request may ask of a field.
enum class Operator : uint8_t {
  kExact,    ///< equals the value, or any of a list
  kPattern,  ///< holds a match of a case-sensitive regular expression
  kList,     ///< any of a list, with operators among its items
  kRange,    ///< [min, max] of numbers
  kTimes,    ///< [min, max] of times
  kMoment,   ///< times with ">", ">=", "<", "<=" in front; a pair without is a range
};

struct Field {
  std::string_view path;  ///< dotted; "runtime.*" stands for every path below `runtime`
  Operator op = Operator::kExact;
  /// kList: "-value" excludes. Off where values are free texts, numbers below zero among them.
  bool minus_excludes = true;
};

struct TextField {
  std::string_view path;
  double weight = 1;
};

struct EntitySchema {
  std::string_view name;
  std::span<const Field> fields;           ///< a member of a request in none of them is no filter
  std::span<const TextField> text;         ///< what search_text looks at
  std::span<const std::string_view> maps;  ///< top-level members whose keys are escaped at rest
  std::string_view hidden_tag;             ///< system tag that hides; "" when nothing does
  bool name_shows_hidden = false;          ///< asking by name shows hidden ones too
  std::string_view project_path;           ///< what include_subprojects widens; "" when nothing
  std::string_view shallow_path;           ///< empty in what shallow_search wants; "" when nothing

  /// The field a path belongs to; nullptr when none.
  const Field* Find(std::string_view at) const;
  /// True when some field lies below `at`.
  bool LeadsToFields(std::string_view at) const;
  /// True when `root` is one of `maps`.
  bool IsMap(std::string_view root) const;
};

}  // namespace furrow::query
