// SPDX-License-Identifier: Apache-2.0
// URLs, percent escapes, queries and cookies: what is taken reads back, and nothing grows.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace furrow::http;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string decoded, again;
  if (PercentDecode(input, false, decoded)) {
    if (decoded.size() > size) std::abort();
    if (!PercentDecode(PercentEncode(decoded, ""), false, again) || again != decoded) std::abort();
  }
  for (const auto& [name, value] : ParseQuery(input)) {
    if (name.size() + value.size() > size) std::abort();
  }
  if (CookieValue(input, "clearml_token_basic").size() > size) std::abort();
  if (const auto url = ParseUrl(input); url.ok()) {
    if (url->host.empty() || url->port == 0 || url->target.empty() || url->target[0] != '/')
      std::abort();
    if (url->host.find_first_of("/@ \r\n") != std::string::npos) std::abort();
  }
  return 0;
}
