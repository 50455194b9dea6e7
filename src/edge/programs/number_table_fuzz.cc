// SPDX-License-Identifier: Apache-2.0
// Any text is a table of finite numbers with columns of one length, or an error that names a line.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/programs/number_table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::array<std::string_view, 2> kNames{"a", "b"};
  const auto table =
      furrow::edge::ParseNumberTable({reinterpret_cast<const char*>(data), size}, "input", kNames);
  if (!table.ok()) {
    if (!table.status().message().starts_with("input:")) std::abort();
    return 0;
  }
  for (const auto& column : table->columns) {
    if (column.size() != table->rows()) std::abort();
    for (const double value : column) {
      if (!std::isfinite(value)) std::abort();
    }
  }
  return 0;
}
