// SPDX-License-Identifier: Apache-2.0
// Ranges and dates of a request: a part lies within the file, a date that was read is written
// alike.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "files/conditions.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::files;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const uint64_t file : {uint64_t{0}, uint64_t{1}, uint64_t{1000}, UINT64_MAX / 2}) {
    const RangeAnswer range = ParseRange(input, file);
    if (range.kind != RangeKind::kPart) continue;
    if (range.span.length == 0 || range.span.offset >= file) std::abort();
    if (range.span.length > file - range.span.offset) std::abort();
  }
  if (const auto time = ParseHttpDate(input)) {
    if (ParseHttpDate(HttpDate(*time)) != time) std::abort();
  }
  furrow::http::Headers headers;
  headers.Add("If-None-Match", std::string(input));
  headers.Add("If-Range", std::string(input));
  headers.Add("If-Modified-Since", std::string(input));
  (void)NotModified(headers, "\"e\"", 1'700'000'000'000'000);
  (void)IfRangeHolds(headers, "\"e\"", 1'700'000'000'000'000);
  return 0;
}
