// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/network_input.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace furrow::edge {
namespace {

/// Adds up squares of pixels of a row of squares: red, green, blue, one sum after the other.
template <int kScale>
void SumRgb(const uint8_t* const* rows, int count, uint32_t* sums) {
  for (int x = 0; x < count; ++x) {
    uint32_t red = 0, green = 0, blue = 0;
    for (int dy = 0; dy < kScale; ++dy) {
      const uint8_t* pixel = rows[dy] + static_cast<ptrdiff_t>(x) * (3 * kScale);
      for (int dx = 0; dx < kScale; ++dx, pixel += 3) {
        red += pixel[0];
        green += pixel[1];
        blue += pixel[2];
      }
    }
    sums[3 * x] = red;
    sums[3 * x + 1] = green;
    sums[3 * x + 2] = blue;
  }
}

template <int kScale>
void SumBayer(const uint8_t* const* rows, int count, uint32_t* sums) {
  for (int x = 0; x < count; ++x) {
    uint32_t red = 0, green = 0, blue = 0;
    for (int dy = 0; dy < kScale; dy += 2) {
      const uint8_t* above = rows[dy] + static_cast<ptrdiff_t>(x) * kScale;
      const uint8_t* below = rows[dy + 1] + static_cast<ptrdiff_t>(x) * kScale;
      for (int dx = 0; dx < kScale; dx += 2) {
        red += above[dx];
        green += above[dx + 1] + below[dx];
        blue += below[dx + 1];
      }
    }
    sums[3 * x] = red;
    sums[3 * x + 1] = green;
    sums[3 * x + 2] = blue;
  }
}

using Sum = void(const uint8_t* const* rows, int count, uint32_t* sums);

Sum* SumFor(PixelFormat format, int scale) {
  const bool bayer = format == PixelFormat::kBayerRggb8;
  switch (scale) {
    case 2:
      return bayer ? &SumBayer<2> : &SumRgb<2>;
    case 4:
      return bayer ? &SumBayer<4> : &SumRgb<4>;
    case 8:
      return bayer ? &SumBayer<8> : &SumRgb<8>;
    default:
      return &SumRgb<1>;
  }
}

}  // namespace

void FillInput(const FrameView& frame, const Segmentation& how, int left, int top, int width,
               int height, float* planes) {
  constexpr int kPiece = 256;  // squares at a time
  const bool bayer = frame.format == PixelFormat::kBayerRggb8;
  const int scale = how.scale;
  const int columns = std::min(width, frame.width / scale - left);
  const int rows_end = frame.height / scale;
  const ptrdiff_t bytes_a_square = static_cast<ptrdiff_t>(scale) * (bayer ? 1 : 3);
  Sum* const sum = SumFor(frame.format, scale);

  std::array<float, 3> factor, offset;
  const auto squares = static_cast<double>(scale * scale);
  const std::array<double, 3> samples = {
      bayer ? squares / 4 : squares, bayer ? squares / 2 : squares, bayer ? squares / 4 : squares};
  for (size_t c = 0; c < 3; ++c) {
    factor[c] = static_cast<float>(1 / (255 * samples[c] * how.deviation[c]));
    offset[c] = static_cast<float>(-how.mean[c] / how.deviation[c]);
  }

  const size_t plane = static_cast<size_t>(width) * static_cast<size_t>(height);
  std::array<uint32_t, 3 * kPiece> sums;
  for (int y = 0; y < height; ++y) {
    const int row = std::min(top + y, rows_end - 1) * scale;
    std::array<const uint8_t*, 8> rows{};
    for (int dy = 0; dy < scale; ++dy) {
      rows[static_cast<size_t>(dy)] = frame.data + (row + dy) * frame.stride;
    }
    float* line = planes + static_cast<size_t>(y) * static_cast<size_t>(width);
    for (int x = 0; x < columns; x += kPiece) {
      const int count = std::min(kPiece, columns - x);
      std::array<const uint8_t*, 8> from{};
      for (int dy = 0; dy < scale; ++dy) {
        from[static_cast<size_t>(dy)] = rows[static_cast<size_t>(dy)] + (left + x) * bytes_a_square;
      }
      sum(from.data(), count, sums.data());
      for (size_t c = 0; c < 3; ++c) {
        float* out = line + plane * (how.blue_first ? 2 - c : c) + x;
        for (int i = 0; i < count; ++i) {
          out[i] = static_cast<float>(sums[3 * static_cast<size_t>(i) + c]) * factor[c] + offset[c];
        }
      }
    }
    for (size_t c = 0; c < 3; ++c) {
      float* out = line + plane * c;
      std::fill(out + columns, out + width, out[columns - 1]);
    }
  }
}

}  // namespace furrow::edge
