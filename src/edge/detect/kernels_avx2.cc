// SPDX-License-Identifier: Apache-2.0
// 32 values at a time. What is left at a row's end goes to the portable loops.
#if defined(__x86_64__)
#include <immintrin.h>

#include "edge/detect/kernels.h"

#define FURROW_AVX2 __attribute__((target("avx2")))

namespace furrow::edge {
namespace {

/// Both halves from places of their own.
FURROW_AVX2 inline __m256i Load(const uint8_t* low, const uint8_t* high) {
  const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(low));
  const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(high));
  return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

FURROW_AVX2 inline __m256i Load(const uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}

FURROW_AVX2 inline void Store(uint8_t* to, __m256i value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
}

/// 8 pixels as sixteen numbers of 16 bits; each half holds g - r of four pixels, then their g - b.
FURROW_AVX2 inline __m256i Differences(const uint8_t* rgb) {
  const __m256i pairs =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 3, 4, 6, 7, 9, 10, 1, 2, 4, 5, 7, 8, 10, 11));
  const __m256i signs = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(-1, 1, -1, 1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, 1, -1));
  return _mm256_maddubs_epi16(_mm256_shuffle_epi8(Load(rgb, rgb + 12), pairs), signs);
}

/// 2g - r - b + bias of 16 pixels in the order 0-3, 8-11, 4-7, 12-15.
FURROW_AVX2 inline __m256i ExcessGreen16(const uint8_t* rgb, __m256i bias) {
  const __m256i a = Differences(rgb), b = Differences(rgb + 24);
  const __m256i sum = _mm256_add_epi16(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
  return _mm256_add_epi16(sum, bias);
}

FURROW_AVX2 void ExcessGreenRgb(const uint8_t* rgb, int count, int bias, uint8_t* out) {
  const __m256i add = _mm256_set1_epi16(static_cast<int16_t>(bias));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  int i = 0;
  // The last load reads four bytes beyond its pixels, so two pixels more must be there.
  for (; i + 34 <= count; i += 32) {
    const __m256i bytes =
        _mm256_packus_epi16(ExcessGreen16(rgb + 3 * i, add), ExcessGreen16(rgb + 3 * i + 48, add));
    Store(out + i, _mm256_permutevar8x32_epi32(bytes, order));
  }
  kPortableKernels.excess_green_rgb(rgb + 3 * i, count - i, bias, out + i);
}

FURROW_AVX2 void ExcessGreenBayer(const uint8_t* red_row, const uint8_t* blue_row, int count,
                                  int bias, uint8_t* out) {
  const __m256i add = _mm256_set1_epi16(static_cast<int16_t>(bias));
  const __m256i red_signs = _mm256_set1_epi16(0x01FF);                         // -r +g1
  const __m256i blue_signs = _mm256_set1_epi16(static_cast<int16_t>(0xFF01));  // +g2 -b
  int i = 0;
  for (; i + 32 <= count; i += 32) {
    const uint8_t* red = red_row + 2 * i;
    const uint8_t* blue = blue_row + 2 * i;
    const __m256i low = _mm256_add_epi16(_mm256_maddubs_epi16(Load(red), red_signs),
                                         _mm256_maddubs_epi16(Load(blue), blue_signs));
    const __m256i high = _mm256_add_epi16(_mm256_maddubs_epi16(Load(red + 32), red_signs),
                                          _mm256_maddubs_epi16(Load(blue + 32), blue_signs));
    const __m256i bytes =
        _mm256_packus_epi16(_mm256_add_epi16(low, add), _mm256_add_epi16(high, add));
    Store(out + i, _mm256_permute4x64_epi64(bytes, 0b11'01'10'00));
  }
  kPortableKernels.excess_green_bayer(red_row + 2 * i, blue_row + 2 * i, count - i, bias, out + i);
}

FURROW_AVX2 void PackAbove(const uint8_t* index, int words, int threshold, uint64_t* out) {
  if (threshold >= 255) return kPortableKernels.pack_above(index, words, threshold, out);
  const __m256i least = _mm256_set1_epi8(static_cast<char>(threshold + 1));
  for (int w = 0; w < words; ++w, index += 64) {
    const __m256i low = Load(index), high = Load(index + 32);
    const auto low_bits = static_cast<uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(low, least), low)));
    const auto high_bits = static_cast<uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(high, least), high)));
    out[w] = low_bits | static_cast<uint64_t>(high_bits) << 32;
  }
}

}  // namespace

const Kernels kAvx2Kernels = {"avx2", ExcessGreenRgb, ExcessGreenBayer, PackAbove};

}  // namespace furrow::edge

#endif
