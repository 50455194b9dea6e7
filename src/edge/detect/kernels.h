// SPDX-License-Identifier: Apache-2.0
// The loops that touch every pixel, once for each kind of processor. All give the same bytes.
//
// Source of excess green: Woebbecke, Meyer, Von Bargen, Mortensen 1995, "Color indices for weed
// identification under various soil, residue, and lighting conditions", Trans. ASAE 38(1).
#pragma once

#include <cstdint>
#include <span>

namespace furrow::edge {

struct Kernels {
  const char* name;

  /// out[i] = clamp(2g - r - b + bias, 0, 255) for `count` pixels of three bytes. 0 <= bias <= 255.
  void (*excess_green_rgb)(const uint8_t* rgb, int count, int bias, uint8_t* out);

  /// The same for quads of an RGGB sensor: out[i] = clamp(g1 + g2 - r - b + bias, 0, 255), which
  /// is 2g - r - b for the mean g of both greens. `red_row` begins with r g1, `blue_row` with g2 b.
  void (*excess_green_bayer)(const uint8_t* red_row, const uint8_t* blue_row, int count, int bias,
                             uint8_t* out);

  /// Bit i of words is index[i] > threshold, for `words` times 64 values. 0 <= threshold <= 255.
  void (*pack_above)(const uint8_t* index, int words, int threshold, uint64_t* out);
};

/// The quickest that this processor can run, chosen once.
const Kernels& BestKernels();

/// All that this processor can run, the portable one first. For tests and benchmarks.
std::span<const Kernels* const> AvailableKernels();

extern const Kernels kPortableKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;  // call only where __builtin_cpu_supports("avx2")
#elif defined(__aarch64__)
extern const Kernels kNeonKernels;
#endif

}  // namespace furrow::edge
