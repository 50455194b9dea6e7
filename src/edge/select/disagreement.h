// SPDX-License-Identifier: Apache-2.0
// How far two judges of one frame disagree.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

namespace furrow::edge {

/// The frame is cut into cells, and a cell's disagreement is the share of its pixels on which
/// `differs(x, y)`; the frame's is the mean of its `top` worst cells, 0 to 1. A mean over the whole
/// frame would hide one plant that is taken for another among a million pixels of soil.
template <typename Differs>
double Disagreement(int width, int height, const Differs& differs, int cell = 32, size_t top = 8) {
  std::vector<double> shares;
  for (int top_y = 0; top_y < height; top_y += cell) {
    const int end_y = std::min(height, top_y + cell);
    for (int left = 0; left < width; left += cell) {
      const int end_x = std::min(width, left + cell);
      int count = 0;
      for (int y = top_y; y < end_y; ++y) {
        for (int x = left; x < end_x; ++x) count += differs(x, y);
      }
      // Cells that the border cuts count like whole ones, or a sliver would outweigh them.
      shares.push_back(count / (static_cast<double>(cell) * cell));
    }
  }
  top = std::min(top, shares.size());
  if (top == 0) return 0;
  std::partial_sort(shares.begin(), shares.begin() + static_cast<ptrdiff_t>(top), shares.end(),
                    std::greater<>());
  double sum = 0;
  for (size_t i = 0; i < top; ++i) sum += shares[i];
  return sum / static_cast<double>(top);
}

}  // namespace furrow::edge
