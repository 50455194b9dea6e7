// SPDX-License-Identifier: Apache-2.0
// Any text is a boom or an error that names a line; a boom that was read is written and read again
// without a difference.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/boom/boom.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using furrow::edge::ParseBoom;
  const auto boom = ParseBoom({reinterpret_cast<const char*>(data), size}, "input");
  if (!boom.ok()) {
    if (!boom.status().message().starts_with("input:")) std::abort();
    return 0;
  }
  const auto again = ParseBoom(BoomText(*boom), "again");
  if (!again.ok() || !(*again == *boom)) std::abort();
  return 0;
}
