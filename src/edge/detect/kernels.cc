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

int Average(int a, int b) { return (a + b + 1) / 2; }

uint8_t Clip(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

void PlantIndicesRgb(const uint8_t* rgb, int count, uint8_t* excess, uint8_t* over_red) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    excess[i] = Clip(2 * rgb[1] - rgb[0] - rgb[2] + kExcessBias);
    over_red[i] = Clip(2 * rgb[1] - 2 * rgb[0] + kOverRedBias);
  }
}

void PlantIndicesBayer(const uint8_t* red_row, const uint8_t* blue_row, const uint8_t* next_red_row,
                       int count, uint8_t* excess, uint8_t* over_red) {
  for (int i = 0; i < count; ++i) {
    const int here = 2 * i, next = i + 1 < count ? here + 2 : here;
    const int twice_green = red_row[here + 1] + blue_row[here];
    const auto along = [&](const uint8_t* row) {
      return Average(row[here], Average(row[here], row[next]));
    };
    const int upper = along(red_row);
    const int red = Average(upper, Average(upper, along(next_red_row)));
    excess[i] = Clip(twice_green - red_row[here] - blue_row[here + 1] + kExcessBias);
    over_red[i] = Clip(twice_green - 2 * red + kOverRedBias);
  }
}

void SoftenRow(const uint8_t* in, int count, uint8_t* out) {
  for (int i = 0; i < count; ++i) {
    out[i] = static_cast<uint8_t>(Average(Average(in[i - 1], in[i + 1]), in[i]));
  }
}

void SoftenRows(const uint8_t* above, const uint8_t* here, const uint8_t* below, int count,
                uint8_t* out) {
  for (int i = 0; i < count; ++i) {
    out[i] = static_cast<uint8_t>(Average(Average(above[i], below[i]), here[i]));
  }
}

/// The lesser of the sharp and the soft value.
int Least(const IndexBand& band, int i) {
  const int soft = Average(Average(band.above[i], band.below[i]), band.here[i]);
  return std::min<int>(soft, band.sharp[i]);
}

void PackPlants(const IndexBand& excess, int excess_threshold, const IndexBand& over_red,
                int over_red_threshold, int words, uint64_t* out) {
  for (int w = 0; w < words; ++w) {
    uint64_t bits = 0;
    for (int i = 0; i < 64; ++i) {
      const bool plant = Least(excess, 64 * w + i) > excess_threshold &&
                         Least(over_red, 64 * w + i) > over_red_threshold;
      bits |= static_cast<uint64_t>(plant) << i;
    }
    out[w] = bits;
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

const Kernels kPortableKernels = {"portable",      ExcessGreenRgb,    ExcessGreenBayer,
                                  PlantIndicesRgb, PlantIndicesBayer, SoftenRow,
                                  SoftenRows,      PackPlants,        PackAbove};

std::span<const Kernels* const> AvailableKernels() {
  static const std::vector<const Kernels*> found = Find();
  return found;
}

const Kernels& BestKernels() { return *AvailableKernels().back(); }

}  // namespace furrow::edge
