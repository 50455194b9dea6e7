// SPDX-License-Identifier: Apache-2.0
// Any text is a network's description or an error that is not empty; one that was read is written
// and read again without a difference. Any bytes have a seal or an error, and sealed they have one.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "edge/detect/segmentation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using furrow::edge::ParseSegmentation;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (furrow::edge::CheckSeal(text).ok() && size < 83) std::abort();
  if (size > 0 && !furrow::edge::CheckSeal(furrow::edge::Sealed(std::string(text))).ok()) {
    std::abort();
  }
  const auto how = ParseSegmentation(text);
  if (!how.ok()) {
    if (how.status().message().empty()) std::abort();
    return 0;
  }
  const auto again = ParseSegmentation(SegmentationText(*how));
  if (!again.ok() || !(*again == *how)) std::abort();
  return 0;
}
