// SPDX-License-Identifier: Apache-2.0
// What a GET asks for beyond the name: a part of the file, or only what changed. RFC 9110.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "http/message.h"

namespace furrow::files {

struct Span {
  uint64_t offset = 0;
  uint64_t length = 0;
};

enum class RangeKind {
  kWhole,  ///< no range, several, or one we need not understand: the whole file
  kPart,
  kUnsatisfiable,  ///< 416
};

struct RangeAnswer {
  RangeKind kind = RangeKind::kWhole;
  Span span;  ///< kPart: within the file
};

/// Reads a Range field for a file of `size` bytes.
RangeAnswer ParseRange(std::string_view field, uint64_t size);

/// True when a GET or HEAD with these fields is answered 304. If-None-Match outweighs
/// If-Modified-Since.
bool NotModified(const http::Headers& headers, std::string_view etag, Micros modified);

/// True when a Range still means this content: no If-Range, or one that names it.
bool IfRangeHolds(const http::Headers& headers, std::string_view etag, Micros modified);

/// "Mon, 23 Nov 2026 20:31:43 GMT"
std::string HttpDate(Micros time);
/// The whole second an HTTP date names; nullopt when it is none.
std::optional<Micros> ParseHttpDate(std::string_view text);

}  // namespace furrow::files
