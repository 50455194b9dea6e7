// SPDX-License-Identifier: Apache-2.0
// JSON text to values and back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace furrow::json {

/// Bounds that keep a hostile document harmless.
struct ParseLimits {
  int depth_max = 64;
  size_t values_max = 4'000'000;
  size_t members_max = SIZE_MAX;  ///< of one object, whose look-ups are linear
};

/// Parses one document. The bare tokens NaN, Infinity and -Infinity are numbers, as Python's json
/// writes them; of equal keys the last wins; lone surrogates and bad UTF-8 are errors, as is
/// anything after the document. Errors: kInvalidArgument, with the offset.
Result<Value> Parse(std::string_view text, const ParseLimits& limits = {});

/// How non-finite numbers are written.
enum class NonFinite { kTokens, kNull };

/// Compact text, UTF-8 kept as it is. Doubles in their shortest form that reads back equal; a
/// whole double keeps its ".0" as Python's does.
std::string Write(const Value& value, NonFinite non_finite = NonFinite::kTokens);
void WriteTo(std::string& out, const Value& value, NonFinite non_finite = NonFinite::kTokens);

/// The pieces, for code that writes an answer without building a Value first.
void WriteString(std::string& out, std::string_view text);
void WriteDouble(std::string& out, double number, NonFinite non_finite = NonFinite::kTokens);
void WriteInt(std::string& out, int64_t number);

/// Indented by two spaces, for people.
std::string WritePretty(const Value& value);

}  // namespace furrow::json
