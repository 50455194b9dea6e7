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

void PackAbove(const uint8_t* index, int words, int threshold, uint64_t* out) {
  const uint8x16_t limit = vdupq_n_u8(static_cast<uint8_t>(threshold));
  static const uint8_t kPlaces[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t places = vld1q_u8(kPlaces);
  for (int w = 0; w < words; ++w, index += 64) {
    uint8x16_t part[4];
    for (int i = 0; i < 4; ++i) {
      part[i] = vandq_u8(vcgtq_u8(vld1q_u8(index + 16 * i), limit), places);
    }
    // Adding neighbours three times makes one byte of every eight.
    const uint8x16_t low = vpaddq_u8(part[0], part[1]), high = vpaddq_u8(part[2], part[3]);
    const uint8x16_t four = vpaddq_u8(low, high);
    const uint8x16_t eight = vpaddq_u8(four, four);
    out[w] = vgetq_lane_u64(vreinterpretq_u64_u8(eight), 0);
  }
}

}  // namespace

const Kernels kNeonKernels = {"neon", ExcessGreenRgb, ExcessGreenBayer, PackAbove};

}  // namespace furrow::edge

#endif
