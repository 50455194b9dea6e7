// SPDX-License-Identifier: Apache-2.0
// Any bytes are an image with all its pixels or an error. What was read is also written and read
// again, without a difference.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "edge/image/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using furrow::edge::DecodeImage;
  constexpr int kSideMax = 512;  // a fuzzer gains nothing from large pictures
  const auto image = DecodeImage({data, size}, "input", kSideMax);
  if (!image.ok()) return 0;
  const auto& picture = image.value();
  if (picture.width < 1 || picture.width > kSideMax || picture.height < 1 ||
      picture.height > kSideMax || (picture.channels != 1 && picture.channels != 3) ||
      picture.pixels.size() != picture.stride() * static_cast<size_t>(picture.height)) {
    std::abort();
  }
  const auto png = EncodePng(picture);
  if (!png.ok()) std::abort();
  const auto* bytes = reinterpret_cast<const uint8_t*>(png.value().data());
  const auto again = DecodeImage({bytes, png.value().size()}, "again", kSideMax);
  if (!again.ok() || !(again.value() == picture)) std::abort();
  return 0;
}
