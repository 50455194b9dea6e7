// SPDX-License-Identifier: Apache-2.0
// The loops that touch every pixel, once for each kind of processor. All give the same bytes.
//
// Source of excess green: Woebbecke, Meyer, Von Bargen, Mortensen 1995, "Color indices for weed
// identification under various soil, residue, and lighting conditions", Trans. ASAE 38(1).
#pragma once

#include <cstdint>
#include <span>

namespace furrow::edge {

/// Rows of an index around one: three that soften_row made, and the middle one as it was.
struct IndexBand {
  const uint8_t *above, *here, *below;
  const uint8_t* sharp;
};

/// Added to excess green and to green over red, so that the ground's side of zero is seen too.
constexpr int kExcessBias = 64, kOverRedBias = 128;

struct Kernels {
  const char* name;

  /// out[i] = clamp(2g - r - b + bias, 0, 255) for `count` pixels of three bytes. 0 <= bias <= 255.
  void (*excess_green_rgb)(const uint8_t* rgb, int count, int bias, uint8_t* out);

  /// The same for quads of an RGGB sensor: out[i] = clamp(g1 + g2 - r - b + bias, 0, 255), which
  /// is 2g - r - b for the mean g of both greens. `red_row` begins with r g1, `blue_row` with g2 b.
  void (*excess_green_bayer)(const uint8_t* red_row, const uint8_t* blue_row, int count, int bias,
                             uint8_t* out);

  /// Both indices of the method `adaptive`, for `count` pixels of three bytes:
  /// excess[i] = clamp(2g - r - b + kExcessBias, 0, 255),
  /// over_red[i] = clamp(2g - 2r + kOverRedBias, 0, 255).
  void (*plant_indices_rgb)(const uint8_t* rgb, int count, uint8_t* excess, uint8_t* over_red);

  /// The same for quads of an RGGB sensor. Excess green is free of a gradient of light across the
  /// quad, as its greens lie between red and blue; green over red is not, so red is interpolated to
  /// the quad's middle, with weights 3:1 in both directions, from `next_red_row` (which at the
  /// image's end is `red_row` again). Each average of two rounds halves up.
  void (*plant_indices_bayer)(const uint8_t* red_row, const uint8_t* blue_row,
                              const uint8_t* next_red_row, int count, uint8_t* excess,
                              uint8_t* over_red);

  /// out[i] = avg(avg(in[i - 1], in[i + 1]), in[i]), each average rounding halves up: the binomial
  /// filter 1-2-1. in[-1] and in[count] are read. `out` is another place.
  void (*soften_row)(const uint8_t* in, int count, uint8_t* out);

  /// The same filter across three rows.
  void (*soften_rows)(const uint8_t* above, const uint8_t* here, const uint8_t* below, int count,
                      uint8_t* out);

  /// Bit i of words is whether in both bands the sharp value and soften_rows' exceed the band's
  /// threshold, for `words` times 64 values. 0 <= thresholds <= 255.
  void (*pack_plants)(const IndexBand& excess, int excess_threshold, const IndexBand& over_red,
                      int over_red_threshold, int words, uint64_t* out);

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
