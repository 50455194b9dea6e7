// SPDX-License-Identifier: Apache-2.0
// Where an entry of a queue goes when somebody moves it. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

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

}  // namespace furrow::domain
