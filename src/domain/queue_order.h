// SPDX-License-Identifier: Apache-2.0
// Where an entry of a queue goes when somebody moves it. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace furrow::domain {

enum class QueueMove { kToFront, kToBack, kForward, kBackward };

/// The place an entry at `index` of `size` (> index) moves to. Forward is towards the front.
/// `count` counts for kForward and kBackward only; less than one does not move.
inline size_t PlaceAfterMove(QueueMove move, size_t index, size_t size, int64_t count) {
  const auto steps = static_cast<uint64_t>(std::max<int64_t>(count, 0));
  switch (move) {
    case QueueMove::kToFront:
      return 0;
    case QueueMove::kToBack:
      return size - 1;
    case QueueMove::kForward:
      return index - std::min<uint64_t>(steps, index);
    case QueueMove::kBackward:
      return index + std::min<uint64_t>(steps, size - 1 - index);
  }
  return index;
}

/// Moves the element at `from` to `to`; the others keep their order.
template <typename T>
void MoveElement(std::vector<T>& list, size_t from, size_t to) {
  const auto at = [&](size_t i) { return list.begin() + static_cast<ptrdiff_t>(i); };
  if (from < to) {
    std::rotate(at(from), at(from + 1), at(to + 1));
  } else {
    std::rotate(at(to), at(from), at(from + 1));
  }
}

}  // namespace furrow::domain
