// SPDX-License-Identifier: Apache-2.0
// A head is read the same in one piece and byte by byte, stays in its bounds, and what is taken has
// one framing only.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/head.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::http;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const HeadLimits limits{4096, 20};
  HeadScanner whole(limits);
  HeadScanner stepwise(limits);
  const bool found = whole.Scan(input);
  bool found_stepwise = false;
  for (size_t n = 1; n <= size && !found_stepwise && !stepwise.error(); ++n)
    found_stepwise = stepwise.Scan(input.substr(0, n));
  if (found != found_stepwise) {
    // Arriving slowly, too much is noticed before the rest is seen; never the other way round.
    if (found || whole.error().status != stepwise.error().status) std::abort();
  }
  if (!found) return 0;
  if (whole.end() != stepwise.end() || whole.begin() != stepwise.begin()) std::abort();
  if (whole.end() > size || whole.end() - whole.begin() > limits.bytes_max) std::abort();

  ParsedHead parsed;
  if (ParseHead(input.substr(whole.begin(), whole.end() - whole.begin()), parsed)) return 0;
  const RequestHead& head = parsed.head;
  if (head.headers.all().size() > limits.fields_max) std::abort();
  if (head.method.empty() || head.raw_path.empty()) std::abort();
  if (head.chunked && (head.content_length != 0 || !parsed.http11)) std::abort();
  if (head.headers.Has("Transfer-Encoding") != head.chunked) std::abort();
  int lengths = 0;
  for (const Header& field : head.headers.all()) {
    if (field.name.find_first_of(" \t\r\n:") != std::string::npos) std::abort();
    if (field.value.find_first_of("\r\n") != std::string::npos) std::abort();
    Headers one;
    one.Add(field.name, "");
    if (one.Has("content-length")) ++lengths;
  }
  if (lengths + (head.chunked ? 1 : 0) > 1) std::abort();
  return 0;
}
