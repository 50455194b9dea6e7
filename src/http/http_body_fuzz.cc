// SPDX-License-Identifier: Apache-2.0
// Chunks decode to the same bytes in one piece, byte by byte and three at a time, and end at the
// same place.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/body.h"

namespace {

using furrow::http::ChunkDecoder;

struct Outcome {
  ChunkDecoder::Step step = ChunkDecoder::Step::kNeedMore;
  std::string data;
  size_t used = 0;
};

Outcome Decode(std::string_view input, size_t piece, size_t max) {
  ChunkDecoder decoder;
  Outcome out;
  while (out.used < input.size() && out.step == ChunkDecoder::Step::kNeedMore) {
    std::string_view part = input.substr(out.used, piece);
    const size_t size = part.size();
    for (;;) {
      std::string_view data;
      out.step = decoder.Next(part, data, max);
      if (out.step != ChunkDecoder::Step::kData) break;
      if (data.empty() || data.size() > max) std::abort();
      out.data += data;
    }
    out.used += size - part.size();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const Outcome whole = Decode(input, SIZE_MAX, SIZE_MAX);
  for (const auto& [piece, max] : {std::pair<size_t, size_t>{1, SIZE_MAX}, {SIZE_MAX, 1}, {3, 2}}) {
    const Outcome other = Decode(input, piece, max);
    if (other.step != whole.step || other.data != whole.data || other.used != whole.used)
      std::abort();
  }
  return 0;
}
