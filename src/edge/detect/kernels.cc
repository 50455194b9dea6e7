// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/kernels.h"

#include <algorithm>
#include <vector>

namespace furrow::edge {
namespace {

void ExcessGreenRgb(const uint8_t* rgb, int count, int bias, uint8_t* out) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    out[i] = static_cast<uint8_t>(std::clamp(2 * rgb[1] - rgb[0] - rgb[2] + bias, 0, 255));
  }
}

void ExcessGreenBayer(const uint8_t* red_row, const uint8_t* blue_row, int count, int bias,
                      uint8_t* out) {
  for (int i = 0; i < count; ++i, red_row += 2, blue_row += 2) {
    const int value = red_row[1] + blue_row[0] - red_row[0] - blue_row[1] + bias;
    out[i] = static_cast<uint8_t>(std::clamp(value, 0, 255));
  }
}

void PackAbove(const uint8_t* index, int words, int threshold, uint64_t* out) {
  for (int w = 0; w < words; ++w, index += 64) {
    uint64_t bits = 0;
    for (int i = 0; i < 64; ++i) bits |= static_cast<uint64_t>(index[i] > threshold) << i;
    out[w] = bits;
  }
}

std::vector<const Kernels*> Find() {
  std::vector<const Kernels*> found = {&kPortableKernels};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) found.push_back(&kAvx2Kernels);
#elif defined(__aarch64__)
  found.push_back(&kNeonKernels);  // part of every 64-bit ARM
#endif
  return found;
}

}  // namespace

const Kernels kPortableKernels = {"portable", ExcessGreenRgb, ExcessGreenBayer, PackAbove};

std::span<const Kernels* const> AvailableKernels() {
  static const std::vector<const Kernels*> found = Find();
  return found;
}

const Kernels& BestKernels() { return *AvailableKernels().back(); }

}  // namespace furrow::edge
