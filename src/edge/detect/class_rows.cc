// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/class_rows.h"

#include <algorithm>

namespace furrow::edge {
namespace {

uint8_t ClassOf(float crop, float weed) {
  if (weed > 0 && weed > crop) return kWeedPixel;
  return crop > 0 ? kCropPixel : kNoPlant;
}

float Between(float from, float to, float part) { return from + (to - from) * part; }

/// The score pixel whose middle lies at or before the mask's pixel, and the first mask pixel at or
/// behind a middle.
int CellOf(int pixel, int factor) {
  const int shifted = pixel - factor / 2;
  return shifted >= 0 ? shifted / factor : -1;
}
int FirstOfCell(int cell, int factor) { return cell * factor + factor / 2; }

}  // namespace

ClassRows::ClassRows(int factor, int width_max)
    : factor_(factor),
      crop_(static_cast<size_t>(width_max)),
      weed_(static_cast<size_t>(width_max)),
      class_(static_cast<size_t>(width_max)) {
  for (int i = 0; i < factor; ++i) {
    const float middle = static_cast<float>(factor / 2 + i) + 0.5F;
    parts_.push_back(middle / static_cast<float>(factor) - 0.5F);
  }
}

void ClassRows::Interpolate(const ScoreTile& tile, int y, int first, int last) {
  const int cell = CellOf(y, factor_);
  const float part = parts_[static_cast<size_t>(y - FirstOfCell(cell, factor_))];
  const int above = std::clamp(cell, 0, tile.height - 1) * tile.width;
  const int below = std::clamp(cell + 1, 0, tile.height - 1) * tile.width;
  for (int x = first; x <= last; ++x) {
    const float ground_above = tile.background[above + x];
    const float ground_below = tile.background[below + x];
    const float crop =
        Between(tile.crop[above + x] - ground_above, tile.crop[below + x] - ground_below, part);
    const float weed =
        Between(tile.weed[above + x] - ground_above, tile.weed[below + x] - ground_below, part);
    const auto i = static_cast<size_t>(x);
    crop_[i] = crop;
    weed_[i] = weed;
    class_[i] = ClassOf(crop, weed);
  }
}

void ClassRows::Write(const ScoreTile& tile, int y, int begin, int end, uint8_t* out) {
  const int last_column = tile.width - 1;
  const int first_cell = CellOf(begin, factor_), last_cell = CellOf(end - 1, factor_);
  Interpolate(tile, y, std::max(first_cell, 0), std::min(last_cell + 1, last_column));
  const auto column = [&](int cell) {
    return static_cast<size_t>(std::clamp(cell, 0, last_column));
  };
  for (int cell = first_cell; cell <= last_cell; ++cell) {
    const int start = FirstOfCell(cell, factor_);
    const int from = std::max(begin, start);
    const size_t left = column(cell), right = column(cell + 1);
    // Where one class wins at both ends it wins all the way.
    if (class_[left] == class_[right]) {
      while (cell < last_cell && class_[column(cell + 2)] == class_[left]) ++cell;
      const int to = std::min(end, FirstOfCell(cell, factor_) + factor_);
      std::fill(out + (from - begin), out + (to - begin), class_[left]);
      continue;
    }
    const int to = std::min(end, start + factor_);
    for (int x = from; x < to; ++x) {
      const float part = parts_[static_cast<size_t>(x - start)];
      out[x - begin] = ClassOf(Between(crop_[left], crop_[right], part),
                               Between(weed_[left], weed_[right], part));
    }
  }
}

void ClassRows::WritePlants(const ScoreTile& tile, int y, int begin, int end, const uint64_t* plant,
                            size_t first_bit, uint8_t* out, uint64_t* sure) {
  const int last_column = tile.width - 1;
  const int first_cell = CellOf(begin, factor_), last_cell = CellOf(end - 1, factor_);
  Interpolate(tile, y, std::max(first_cell, 0), std::min(last_cell + 1, last_column));
  for (int x = begin; x < end; ++x) {
    const size_t bit = first_bit + static_cast<size_t>(x - begin);
    if ((plant[bit / 64] >> (bit % 64) & 1) == 0) {
      out[x - begin] = kNoPlant;
      continue;
    }
    const int cell = CellOf(x, factor_);
    const auto left = static_cast<size_t>(std::clamp(cell, 0, last_column));
    const auto right = static_cast<size_t>(std::clamp(cell + 1, 0, last_column));
    const float part = parts_[static_cast<size_t>(x - FirstOfCell(cell, factor_))];
    const float crop = Between(crop_[left], crop_[right], part);
    const float weed = Between(weed_[left], weed_[right], part);
    const uint8_t kind = ClassOf(crop, weed);
    out[x - begin] = kind;
    if (kind == kWeedPixel && weed - crop > kSureLead) sure[bit / 64] |= uint64_t{1} << (bit % 64);
  }
}

}  // namespace furrow::edge
