// SPDX-License-Identifier: Apache-2.0
// 16 values at a time. What is left at a row's end goes to the portable loops.
#if defined(__aarch64__)
#include <arm_neon.h>

#include "edge/detect/kernels.h"

namespace furrow::edge {
namespace {

/// clamp((a - b) + (c - d) + bias, 0, 255) of eight values each.
inline uint8x8_t Excess(uint8x8_t a, uint8x8_t b, uint8x8_t c, uint8x8_t d, int16x8_t bias) {
  const int16x8_t first = vreinterpretq_s16_u16(vsubl_u8(a, b));
  const int16x8_t second = vreinterpretq_s16_u16(vsubl_u8(c, d));
  return vqmovun_s16(vaddq_s16(vaddq_s16(first, second), bias));
}

inline uint8x16_t Excess(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d, int16x8_t bias) {
  return vcombine_u8(
      Excess(vget_low_u8(a), vget_low_u8(b), vget_low_u8(c), vget_low_u8(d), bias),
      Excess(vget_high_u8(a), vget_high_u8(b), vget_high_u8(c), vget_high_u8(d), bias));
}

void ExcessGreenRgb(const uint8_t* rgb, int count, int bias, uint8_t* out) {
  const int16x8_t add = vdupq_n_s16(static_cast<int16_t>(bias));
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const uint8x16x3_t p = vld3q_u8(rgb + 3 * i);
    vst1q_u8(out + i, Excess(p.val[1], p.val[0], p.val[1], p.val[2], add));
  }
  kPortableKernels.excess_green_rgb(rgb + 3 * i, count - i, bias, out + i);
}

void ExcessGreenBayer(const uint8_t* red_row, const uint8_t* blue_row, int count, int bias,
                      uint8_t* out) {
  const int16x8_t add = vdupq_n_s16(static_cast<int16_t>(bias));
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const uint8x16x2_t red = vld2q_u8(red_row + 2 * i);
    const uint8x16x2_t blue = vld2q_u8(blue_row + 2 * i);
    vst1q_u8(out + i, Excess(red.val[1], red.val[0], blue.val[0], blue.val[1], add));
  }
  kPortableKernels.excess_green_bayer(red_row + 2 * i, blue_row + 2 * i, count - i, bias, out + i);
}

/// clamp(a + b - 2c + kOverRedBias, 0, 255) of eight values each.
inline uint8x8_t OverRed(uint8x8_t a, uint8x8_t b, uint8x8_t c) {
  const int16x8_t first = vreinterpretq_s16_u16(vsubl_u8(a, c));
  const int16x8_t second = vreinterpretq_s16_u16(vsubl_u8(b, c));
  return vqmovun_s16(vaddq_s16(vaddq_s16(first, second), vdupq_n_s16(kOverRedBias)));
}

inline uint8x16_t OverRed(uint8x16_t a, uint8x16_t b, uint8x16_t c) {
  return vcombine_u8(OverRed(vget_low_u8(a), vget_low_u8(b), vget_low_u8(c)),
                     OverRed(vget_high_u8(a), vget_high_u8(b), vget_high_u8(c)));
}

void PlantIndicesRgb(const uint8_t* rgb, int count, uint8_t* excess, uint8_t* over_red) {
  const int16x8_t bias = vdupq_n_s16(kExcessBias);
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const uint8x16x3_t p = vld3q_u8(rgb + 3 * i);
    vst1q_u8(excess + i, Excess(p.val[1], p.val[0], p.val[1], p.val[2], bias));
    vst1q_u8(over_red + i, OverRed(p.val[1], p.val[1], p.val[0]));
  }
  kPortableKernels.plant_indices_rgb(rgb + 3 * i, count - i, excess + i, over_red + i);
}

/// 3:1 between the red of a quad and of the quad to its right.
inline uint8x16_t RedAlong(const uint8_t* row) {
  const uint8x16_t here = vld2q_u8(row).val[0], next = vld2q_u8(row + 2).val[0];
  return vrhaddq_u8(here, vrhaddq_u8(here, next));
}

void PlantIndicesBayer(const uint8_t* red_row, const uint8_t* blue_row, const uint8_t* next_red_row,
                       int count, uint8_t* excess, uint8_t* over_red) {
  const int16x8_t bias = vdupq_n_s16(kExcessBias);
  int i = 0;
  for (; i + 17 <= count; i += 16) {  // one quad more is read
    const uint8x16x2_t red = vld2q_u8(red_row + 2 * i);
    const uint8x16x2_t blue = vld2q_u8(blue_row + 2 * i);
    vst1q_u8(excess + i, Excess(red.val[1], red.val[0], blue.val[0], blue.val[1], bias));
    const uint8x16_t upper = RedAlong(red_row + 2 * i), lower = RedAlong(next_red_row + 2 * i);
    const uint8x16_t middle = vrhaddq_u8(upper, vrhaddq_u8(upper, lower));
    vst1q_u8(over_red + i, OverRed(red.val[1], blue.val[0], middle));
  }
  kPortableKernels.plant_indices_bayer(red_row + 2 * i, blue_row + 2 * i, next_red_row + 2 * i,
                                       count - i, excess + i, over_red + i);
}

void SoftenRow(const uint8_t* in, int count, uint8_t* out) {
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const uint8x16_t sides = vrhaddq_u8(vld1q_u8(in + i - 1), vld1q_u8(in + i + 1));
    vst1q_u8(out + i, vrhaddq_u8(sides, vld1q_u8(in + i)));
  }
  kPortableKernels.soften_row(in + i, count - i, out + i);
}

void SoftenRows(const uint8_t* above, const uint8_t* here, const uint8_t* below, int count,
                uint8_t* out) {
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const uint8x16_t sides = vrhaddq_u8(vld1q_u8(above + i), vld1q_u8(below + i));
    vst1q_u8(out + i, vrhaddq_u8(sides, vld1q_u8(here + i)));
  }
  kPortableKernels.soften_rows(above + i, here + i, below + i, count - i, out + i);
}

/// What exceeds the threshold, by how much, of the lesser of the sharp and the soft value.
inline uint8x16_t Beyond(const IndexBand& band, int i, uint8x16_t threshold) {
  const uint8x16_t sides = vrhaddq_u8(vld1q_u8(band.above + i), vld1q_u8(band.below + i));
  const uint8x16_t soft = vrhaddq_u8(sides, vld1q_u8(band.here + i));
  return vqsubq_u8(vminq_u8(soft, vld1q_u8(band.sharp + i)), threshold);
}

/// A bit for each of 64 bytes that are 0 or 255.
inline uint64_t Bits(const uint8x16_t part[4]) {
  static const uint8_t kPlaces[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t places = vld1q_u8(kPlaces);
  // Adding neighbours three times makes one byte of every eight.
  const uint8x16_t low = vpaddq_u8(vandq_u8(part[0], places), vandq_u8(part[1], places));
  const uint8x16_t high = vpaddq_u8(vandq_u8(part[2], places), vandq_u8(part[3], places));
  const uint8x16_t four = vpaddq_u8(low, high);
  const uint8x16_t eight = vpaddq_u8(four, four);
  return vgetq_lane_u64(vreinterpretq_u64_u8(eight), 0);
}

void PackPlants(const IndexBand& excess, int excess_threshold, const IndexBand& over_red,
                int over_red_threshold, int words, uint64_t* out) {
  const uint8x16_t of_excess = vdupq_n_u8(static_cast<uint8_t>(excess_threshold));
  const uint8x16_t of_red = vdupq_n_u8(static_cast<uint8_t>(over_red_threshold));
  for (int w = 0; w < words; ++w) {
    uint8x16_t part[4];
    for (int j = 0; j < 4; ++j) {
      const int i = 64 * w + 16 * j;
      const uint8x16_t both = vminq_u8(Beyond(excess, i, of_excess), Beyond(over_red, i, of_red));
      part[j] = vcgtq_u8(both, vdupq_n_u8(0));
    }
    out[w] = Bits(part);
  }
}

void PackAbove(const uint8_t* index, int words, int threshold, uint64_t* out) {
  const uint8x16_t limit = vdupq_n_u8(static_cast<uint8_t>(threshold));
  for (int w = 0; w < words; ++w, index += 64) {
    uint8x16_t part[4];
    for (int i = 0; i < 4; ++i) part[i] = vcgtq_u8(vld1q_u8(index + 16 * i), limit);
    out[w] = Bits(part);
  }
}

}  // namespace

const Kernels kNeonKernels = {"neon",          ExcessGreenRgb,    ExcessGreenBayer,
                              PlantIndicesRgb, PlantIndicesBayer, SoftenRow,
                              SoftenRows,      PackPlants,        PackAbove};

}  // namespace furrow::edge

#endif
