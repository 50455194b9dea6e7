// SPDX-License-Identifier: Apache-2.0
// The inside of a JSON string to plain UTF-8.
#pragma once

namespace furrow::service::events {

/// Writes the text of [begin, end) to `to`, which needs no more room than the input; returns its
/// end. Half of a surrogate pair becomes U+FFFD: terminals produce them, and a log line is worth
/// more than its stray byte. nullptr for a malformed escape.
char* UnescapeJson(const char* begin, const char* end, char* to);

/// What stands between the quotes of a JSON string.
enum class Escapes {
  kSound,      ///< may be copied into another document as it is
  kSurrogate,  ///< may hold half of a surrogate pair
  kMalformed,
};
Escapes CheckEscapes(const char* begin, const char* end);

}  // namespace furrow::service::events
