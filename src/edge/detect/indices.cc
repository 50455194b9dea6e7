// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/indices.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace furrow::edge {
namespace {

/// Reciprocals times 2^12, as OpenCV rounds them: to the nearest, halves to even.
struct HsvTables {
  HsvTables() {
    for (size_t i = 1; i < 256; ++i) {
      saturation[i] = static_cast<int>(std::lrint((255 << 12) / static_cast<double>(i)));
      hue[i] = static_cast<int>(std::lrint((180 << 12) / (6.0 * static_cast<double>(i))));
    }
  }
  std::array<int, 256> saturation{}, hue{};
};
const HsvTables kTables;

uint8_t Clip(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

uint8_t Nexg(int red, int green, int blue) {
  const int excess = 2 * green - red - blue;
  if (excess <= 0) return 0;
  // Operation by operation in single precision, as NumPy does it: rounding is part of the result.
  const float share = static_cast<float>(excess) / static_cast<float>(red + green + blue);
  return static_cast<uint8_t>(std::min(share * 255.0F, 255.0F));
}

bool Within(const HsvRange& range, int red, int green, int blue) {
  const int most = std::max({red, green, blue});
  if (most < range.brightness_min || most > range.brightness_max) return false;
  const Hsv hsv = ToHsv(red, green, blue);
  return hsv.hue >= range.hue_min && hsv.hue <= range.hue_max &&
         hsv.saturation >= range.saturation_min && hsv.saturation <= range.saturation_max;
}

int Maxg(const uint8_t* rgb) { return 24 * rgb[1] - 19 * rgb[0] - 2 * rgb[2]; }

float Gndvi(const uint8_t* rgb) {
  const auto infrared = static_cast<float>(rgb[0]), green = static_cast<float>(rgb[1]);
  return (infrared - green) / (infrared + green);
}

bool Black(const uint8_t* rgb) { return rgb[0] + rgb[1] == 0; }

}  // namespace

Hsv ToHsv(int red, int green, int blue) {
  const int most = std::max({red, green, blue});
  const int range = most - std::min({red, green, blue});
  int hue = 0;
  if (most == red) {
    hue = green - blue;
  } else if (most == green) {
    hue = blue - red + 2 * range;
  } else {
    hue = red - green + 4 * range;
  }
  constexpr int kHalf = 1 << 11;
  hue = (hue * kTables.hue[static_cast<size_t>(range)] + kHalf) >> 12;
  if (hue < 0) hue += 180;
  return {hue, (range * kTables.saturation[static_cast<size_t>(most)] + kHalf) >> 12, most};
}

void ExgrRow(const uint8_t* rgb, int count, uint8_t* out) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    const int excess = Clip(2 * rgb[1] - rgb[0] - rgb[2]);
    // Fifths are whole numbers here; single precision, as NumPy has it, drops the same fractions.
    out[i] = Clip((5 * (excess + rgb[1]) - 7 * rgb[0]) / 5);
  }
}

void NexgRow(const uint8_t* rgb, int count, uint8_t* out) {
  for (int i = 0; i < count; ++i, rgb += 3) out[i] = Nexg(rgb[0], rgb[1], rgb[2]);
}

void HsvRow(const uint8_t* rgb, int count, const HsvRange& range, uint8_t* out) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    out[i] = Within(range, rgb[0], rgb[1], rgb[2]) ? 255 : 0;
  }
}

void ExhsvRow(const uint8_t* rgb, int count, const HsvRange& range, uint8_t* out) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    const uint8_t index = Nexg(rgb[0], rgb[1], rgb[2]);
    // Most pixels of a field are not green at all; they are spared the conversion.
    out[i] = index != 0 && Within(range, rgb[0], rgb[1], rgb[2]) ? index : 0;
  }
}

int MaxgMost(const uint8_t* rgb, int count, int most) {
  for (int i = 0; i < count; ++i, rgb += 3) most = std::max(most, Maxg(rgb));
  return most;
}

void MaxgRow(const uint8_t* rgb, int count, int most, uint8_t* out) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    const int value = Maxg(rgb);
    const float share = static_cast<float>(std::max(value, 0)) / static_cast<float>(most);
    out[i] = value <= 0 ? 0 : static_cast<uint8_t>(share * 255.0F);
  }
}

void GndviExtend(const uint8_t* rgb, int count, GndviRange& range) {
  for (int i = 0; i < count; ++i, rgb += 3) {
    if (Black(rgb)) continue;
    const float value = Gndvi(rgb);
    range.least = std::min(range.least, value);
    range.greatest = std::max(range.greatest, value);
  }
}

void GndviRow(const uint8_t* rgb, int count, const GndviRange& range, uint8_t* out) {
  const double width = static_cast<double>(range.greatest) - static_cast<double>(range.least);
  const auto scale = static_cast<float>(width > 0 ? 255.0 / width : 0.0);
  const auto shift = -static_cast<float>(static_cast<double>(range.least) * scale);
  for (int i = 0; i < count; ++i, rgb += 3) {
    // One rounding, on every processor.
    const float value = Black(rgb) ? 0.0F : std::fma(Gndvi(rgb), scale, shift);
    out[i] = static_cast<uint8_t>(std::clamp(value, 0.0F, 255.0F));
  }
}

void QuadsToRgb(const uint8_t* red_row, const uint8_t* blue_row, int count, uint8_t* rgb) {
  for (int i = 0; i < count; ++i, red_row += 2, blue_row += 2, rgb += 3) {
    rgb[0] = red_row[0];
    rgb[1] = static_cast<uint8_t>((red_row[1] + blue_row[0] + 1) / 2);
    rgb[2] = blue_row[1];
  }
}

}  // namespace furrow::edge
