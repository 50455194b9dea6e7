// SPDX-License-Identifier: Apache-2.0
// What a dotted path of a document holds, as predicates and orders see it: nothing, one scalar, or
// a list of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "json/value.h"

namespace furrow::docs {

/// Columns keep texts up to this many bytes, and lists up to this many elements, all of them kept.
inline constexpr size_t kTextKeptMax = 512, kListKeptMax = 1024;
/// Of a longer text this much is kept, for its place in an order.
inline constexpr size_t kLongTextPrefix = 8;

enum class Tag : uint8_t {
  kMissing = 0,  ///< absent or null
  kBool,
  kInt,
  kDouble,
  kTime,  ///< a text exactly as FormatTime writes it
  kText,
  kList,      ///< columns only
  kLong,      ///< columns only: a text too long to be kept, `text` is its beginning
  kLongList,  ///< columns only: a list too long to be kept
  kOther,     ///< an object, or a list within a list: equals nothing
};

struct Scalar {
  Tag tag = Tag::kMissing;
  int64_t whole = 0;      ///< kBool, kInt, kTime (microseconds)
  double real = 0;        ///< kDouble
  std::string_view text;  ///< kText, kLong; lives as long as what it was read from

  double number() const { return tag == Tag::kDouble ? real : static_cast<double>(whole); }
};

/// Everything a path reaches. `scalars` has at most one element unless `list`.
struct Found {
  bool list = false;
  std::vector<Scalar> scalars;

  void Clear() { list = false, scalars.clear(); }
};

/// Reads a path. Steps through objects by key and through lists into every element (or the one a
/// numeric step names); a list at the end gives its elements. Texts are views into `doc`.
void Extract(const json::Value& doc, std::string_view path, Found& found);

/// The microseconds of a text exactly as FormatTime writes it: the text can be made again.
std::optional<Micros> FixedTime(std::string_view text);

/// A single value as a scalar; a list gives kOther.
Scalar ToScalar(const json::Value& value);
json::Value ToValue(const Scalar& scalar);

/// Equality as in JSON: 1 == 1.0, a time equals its text.
bool SameScalar(const Scalar& a, const Scalar& b);

}  // namespace furrow::docs
