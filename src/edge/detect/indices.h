// SPDX-License-Identifier: Apache-2.0
// Vegetation indices as OpenWeedLocator's utils/algorithms.py defines them (its release of April
// 2026): the same 8-bit value for the same pixel. docs/edge/detect.md names the exceptions.
#pragma once

#include <cstdint>

namespace furrow::edge {

/// Bounds on hue (0..179, in steps of two degrees), saturation and brightness, all inclusive.
struct HsvRange {
  int hue_min = 30, hue_max = 90;
  int saturation_min = 30, saturation_max = 255;
  int brightness_min = 5, brightness_max = 200;
};

struct Hsv {
  int hue, saturation, brightness;
};

/// OpenCV's 8-bit conversion, whose fixed-point arithmetic decides at the bounds of a range.
Hsv ToHsv(int red, int green, int blue);

// Each writes `count` values for as many pixels of red, green, blue.

/// ExG minus 1.4 r - g (Meyer and Neto 2008), clipped to 0..255, the fraction dropped.
void ExgrRow(const uint8_t* rgb, int count, uint8_t* out);

/// 255 (2g - r - b) / (r + g + b), clipped to 0..255, the fraction dropped.
void NexgRow(const uint8_t* rgb, int count, uint8_t* out);

/// 255 within the range, else 0.
void HsvRow(const uint8_t* rgb, int count, const HsvRange& range, uint8_t* out);

/// NexgRow within the range, else 0.
void ExhsvRow(const uint8_t* rgb, int count, const HsvRange& range, uint8_t* out);

/// The greatest 24g - 19r - 2b (Jin, Che and Chen 2021) among the pixels and `most`.
int MaxgMost(const uint8_t* rgb, int count, int most);
/// 24g - 19r - 2b as 255ths of the image's greatest; 0 where it is negative.
void MaxgRow(const uint8_t* rgb, int count, int most, uint8_t* out);

/// The least and the greatest GNDVI of an image: (n - g) / (n + g), with near infrared n in the
/// place of red.
struct GndviRange {
  float least = 1, greatest = -1;
};
void GndviExtend(const uint8_t* rgb, int count, GndviRange& range);
/// GNDVI, spread from the image's least as 0 to its greatest as 255. 0 for a black pixel.
void GndviRow(const uint8_t* rgb, int count, const GndviRange& range, uint8_t* out);

/// A row of the half image of an RGGB sensor: red, the mean of both greens (half rounds up), blue.
void QuadsToRgb(const uint8_t* red_row, const uint8_t* blue_row, int count, uint8_t* rgb);

}  // namespace furrow::edge
