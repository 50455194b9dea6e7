// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/tiling.h"

#include <algorithm>

namespace furrow::edge {
namespace {

int DivideUp(int a, int b) { return (a + b - 1) / b; }

}  // namespace

int Tiling::begin(int tile) const {
  // The last ones are pushed back, as far as the grid lets them, and so overlap more.
  const int last = DivideUp(std::max(0, size - length), multiple) * multiple;
  return std::min(tile * (length - 2 * margin), last);
}

Tiling CutEvenly(int size, int length, int multiple, int margin) {
  const int count = size <= length ? 1 : DivideUp(size - 2 * margin, length - 2 * margin);
  return {.size = size, .count = count, .length = length, .multiple = multiple, .margin = margin};
}

Tiling CutToFit(int size, int length_max, int multiple, int margin) {
  const int count = CutEvenly(size, length_max, multiple, margin).count;
  const int needed = count == 1 ? size : DivideUp(size - 2 * margin, count) + 2 * margin;
  return CutEvenly(size, DivideUp(needed, multiple) * multiple, multiple, margin);
}

}  // namespace furrow::edge
