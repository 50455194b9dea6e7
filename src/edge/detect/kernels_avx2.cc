// SPDX-License-Identifier: Apache-2.0
// 32 values at a time. What is left at a row's end goes to the portable loops, or the last 32
// values are done again where the output is not the input.
#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>

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

/// 16 pixels: 2g - r - b and 2g - 2r, each with its bias, in the order of ExcessGreen16.
FURROW_AVX2 inline void PlantIndices16(const uint8_t* rgb, __m256i& excess, __m256i& over_red) {
  const __m256i a = Differences(rgb), b = Differences(rgb + 24);
  const __m256i red = _mm256_unpacklo_epi64(a, b), blue = _mm256_unpackhi_epi64(a, b);
  excess = _mm256_add_epi16(_mm256_add_epi16(red, blue), _mm256_set1_epi16(kExcessBias));
  over_red = _mm256_add_epi16(_mm256_add_epi16(red, red), _mm256_set1_epi16(kOverRedBias));
}

FURROW_AVX2 void PlantIndicesRgb(const uint8_t* rgb, int count, uint8_t* excess,
                                 uint8_t* over_red) {
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  // As in ExcessGreenRgb two pixels more must be there.
  const int last = count - 34;
  for (int next = 0; last >= 0 && next < count - 2; next += 32) {
    const int i = std::min(next, last);
    __m256i excess_low, excess_high, red_low, red_high;
    PlantIndices16(rgb + 3 * i, excess_low, red_low);
    PlantIndices16(rgb + 3 * i + 48, excess_high, red_high);
    const __m256i of_excess = _mm256_packus_epi16(excess_low, excess_high);
    const __m256i of_red = _mm256_packus_epi16(red_low, red_high);
    Store(excess + i, _mm256_permutevar8x32_epi32(of_excess, order));
    Store(over_red + i, _mm256_permutevar8x32_epi32(of_red, order));
  }
  const int done = last >= 0 ? count - 2 : 0;
  kPortableKernels.plant_indices_rgb(rgb + 3 * done, count - done, excess + done, over_red + done);
}

/// The even bytes of 64, as 32 bytes in the order 0-7, 16-23, 8-15, 24-31.
FURROW_AVX2 inline __m256i Even(__m256i low, __m256i high) {
  const __m256i even = _mm256_set1_epi16(0x00FF);
  return _mm256_packus_epi16(_mm256_and_si256(low, even), _mm256_and_si256(high, even));
}

/// Bytes in the order of Even, put right.
FURROW_AVX2 inline __m256i InOrder(__m256i bytes) {
  return _mm256_permute4x64_epi64(bytes, 0b11'01'10'00);
}

/// The biased difference between the sums of neighbouring bytes.
FURROW_AVX2 inline __m256i OverRed16(__m256i greens, __m256i reds) {
  const __m256i green = _mm256_maddubs_epi16(greens, _mm256_set1_epi8(1));
  const __m256i red = _mm256_maddubs_epi16(reds, _mm256_set1_epi8(1));
  return _mm256_add_epi16(_mm256_sub_epi16(green, red), _mm256_set1_epi16(kOverRedBias));
}

/// 3:1 between the red of a quad and of the quad to its right, in the order of Even.
FURROW_AVX2 inline __m256i RedAlong(const uint8_t* row) {
  const __m256i here = Even(Load(row), Load(row + 32));
  const __m256i next = Even(Load(row + 2), Load(row + 34));
  return _mm256_avg_epu8(here, _mm256_avg_epu8(here, next));
}

FURROW_AVX2 void PlantIndicesBayer(const uint8_t* red_row, const uint8_t* blue_row,
                                   const uint8_t* next_red_row, int count, uint8_t* excess,
                                   uint8_t* over_red) {
  const __m256i red_signs = _mm256_set1_epi16(0x01FF);                         // -r +g1
  const __m256i blue_signs = _mm256_set1_epi16(static_cast<int16_t>(0xFF01));  // +g2 -b
  const __m256i excess_bias = _mm256_set1_epi16(kExcessBias);
  // One quad more is read.
  const int last = count - 33;
  for (int next = 0; last >= 0 && next < count - 1; next += 32) {
    const int i = std::min(next, last);
    const uint8_t* red = red_row + 2 * i;
    const uint8_t* blue = blue_row + 2 * i;
    const __m256i r0 = Load(red), r1 = Load(red + 32), b0 = Load(blue), b1 = Load(blue + 32);
    const __m256i excess_low =
        _mm256_add_epi16(_mm256_maddubs_epi16(r0, red_signs), _mm256_maddubs_epi16(b0, blue_signs));
    const __m256i excess_high =
        _mm256_add_epi16(_mm256_maddubs_epi16(r1, red_signs), _mm256_maddubs_epi16(b1, blue_signs));
    Store(excess + i, InOrder(_mm256_packus_epi16(_mm256_add_epi16(excess_low, excess_bias),
                                                  _mm256_add_epi16(excess_high, excess_bias))));

    const __m256i green1 = _mm256_packus_epi16(_mm256_srli_epi16(r0, 8), _mm256_srli_epi16(r1, 8));
    const __m256i green2 = Even(b0, b1);
    const __m256i upper = RedAlong(red);
    const __m256i middle =
        _mm256_avg_epu8(upper, _mm256_avg_epu8(upper, RedAlong(next_red_row + 2 * i)));
    const __m256i low =
        OverRed16(_mm256_unpacklo_epi8(green1, green2), _mm256_unpacklo_epi8(middle, middle));
    const __m256i high =
        OverRed16(_mm256_unpackhi_epi8(green1, green2), _mm256_unpackhi_epi8(middle, middle));
    Store(over_red + i, InOrder(_mm256_packus_epi16(low, high)));
  }
  const int done = last >= 0 ? count - 1 : 0;
  kPortableKernels.plant_indices_bayer(red_row + 2 * done, blue_row + 2 * done,
                                       next_red_row + 2 * done, count - done, excess + done,
                                       over_red + done);
}

FURROW_AVX2 void SoftenRow(const uint8_t* in, int count, uint8_t* out) {
  if (count < 32) return kPortableKernels.soften_row(in, count, out);
  for (int next = 0; next < count; next += 32) {
    const int i = std::min(next, count - 32);
    const __m256i sides = _mm256_avg_epu8(Load(in + i - 1), Load(in + i + 1));
    Store(out + i, _mm256_avg_epu8(sides, Load(in + i)));
  }
}

FURROW_AVX2 void SoftenRows(const uint8_t* above, const uint8_t* here, const uint8_t* below,
                            int count, uint8_t* out) {
  if (count < 32) return kPortableKernels.soften_rows(above, here, below, count, out);
  for (int next = 0; next < count; next += 32) {
    const int i = std::min(next, count - 32);
    const __m256i sides = _mm256_avg_epu8(Load(above + i), Load(below + i));
    Store(out + i, _mm256_avg_epu8(sides, Load(here + i)));
  }
}

/// What exceeds the threshold, by how much, of the lesser of the sharp and the soft value.
FURROW_AVX2 inline __m256i Beyond(const IndexBand& band, int i, __m256i threshold) {
  const __m256i sides = _mm256_avg_epu8(Load(band.above + i), Load(band.below + i));
  const __m256i soft = _mm256_avg_epu8(sides, Load(band.here + i));
  return _mm256_subs_epu8(_mm256_min_epu8(soft, Load(band.sharp + i)), threshold);
}

FURROW_AVX2 void PackPlants(const IndexBand& excess, int excess_threshold,
                            const IndexBand& over_red, int over_red_threshold, int words,
                            uint64_t* out) {
  const __m256i of_excess = _mm256_set1_epi8(static_cast<char>(excess_threshold));
  const __m256i of_red = _mm256_set1_epi8(static_cast<char>(over_red_threshold));
  for (int w = 0; w < words; ++w) {
    uint64_t ground = 0;
    for (int half = 0; half < 2; ++half) {
      const int i = 64 * w + 32 * half;
      const __m256i both =
          _mm256_min_epu8(Beyond(excess, i, of_excess), Beyond(over_red, i, of_red));
      const auto bits = static_cast<uint32_t>(
          _mm256_movemask_epi8(_mm256_cmpeq_epi8(both, _mm256_setzero_si256())));
      ground |= static_cast<uint64_t>(bits) << (32 * half);
    }
    out[w] = ~ground;
  }
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

const Kernels kAvx2Kernels = {"avx2",          ExcessGreenRgb,    ExcessGreenBayer,
                              PlantIndicesRgb, PlantIndicesBayer, SoftenRow,
                              SoftenRows,      PackPlants,        PackAbove};

}  // namespace furrow::edge

#endif
