// SPDX-License-Identifier: Apache-2.0
// What to look for in a collection: a predicate tree over dotted paths, an order and a window. Made
// by `query` from a request; knows no field's name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "json/value.h"

namespace furrow::docs {

struct Predicate {
  enum class Kind {
    kTrue,    ///< matches everything
    kAnd,     ///< all of `children`
    kOr,      ///< any of `children`
    kNot,     ///< not `children[0]`
    kIn,      ///< the scalar, or any element of the list, equals any of `values`
    kHasAll,  ///< the list holds every one of `values`
    kEmpty,   ///< missing, null, "" or []
    kRange,   ///< low <= number or time <= high, as the flags say
    kRegex,   ///< the text, or any element, holds a match of `pattern` (RE2)
    kText,    ///< a word search: every quoted phrase or word of `pattern`, without case
  };
  Kind kind = Kind::kTrue;
  std::string path;                ///< dotted; for kText and kRegex see `paths`
  std::vector<std::string> paths;  ///< kText, kRegex: matches in any of these; else empty
  std::vector<double> weights;     ///< kText: of `paths`, for the score; 1 each when empty
  std::vector<json::Value> values;
  std::string pattern;
  bool ignore_case = false;
  std::optional<double> low, high;  ///< times as microseconds, see FieldType::kTime
  bool low_open = false, high_open = false;
  bool missing_matches = false;  ///< kRange: an absent value matches too
  bool is_time = false;          ///< kRange: the field is a time text
  std::vector<Predicate> children;

  /// Flattened; of nothing it is kTrue.
  static Predicate And(std::vector<Predicate> children);
  /// Of nothing it matches nothing.
  static Predicate Or(std::vector<Predicate> children);
  static Predicate Not(Predicate child);
  static Predicate In(std::string path, std::vector<json::Value> values);
  static Predicate Equals(std::string path, json::Value value) {
    return In(std::move(path), {std::move(value)});
  }
};

struct OrderBy {
  std::string path;
  bool descending = false;
  bool numeric_text = false;  ///< texts that are numbers sort as numbers
  bool text_score = false;    ///< by how well kText matched; `path` unused
};

struct Plan {
  Predicate where;
  std::vector<OrderBy> order;  ///< missing values last either way; the id breaks ties
  int64_t offset = 0;
  int64_t limit = -1;  ///< -1: all
  bool want_total = false;
};

}  // namespace furrow::docs
