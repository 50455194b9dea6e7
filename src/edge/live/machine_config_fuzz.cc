// SPDX-License-Identifier: Apache-2.0
// Any text is a machine's configuration or an error that names it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "edge/live/machine_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A boom of its own has a target of its own, and is a file that would be opened.
  if (text.find("boom") != std::string_view::npos || text.find('\\') != std::string_view::npos) {
    return 0;
  }
  const auto config = furrow::edge::ParseMachine(text, "input");
  if (!config.ok() && !config.status().message().starts_with("input")) std::abort();
  return 0;
}
