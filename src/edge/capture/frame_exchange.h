// SPDX-License-Identifier: Apache-2.0
// One camera's frames between the thread that receives them and the one that looks at them: the
// newest wins. Neither side ever waits for the other.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "edge/image/frame.h"

namespace furrow::edge {

/// A frame, and memory for its pixels that its source may use or leave alone: `view` points into it
/// or to what lives as long as the source.
struct FrameSlot {
  FrameView view;
  std::vector<uint8_t> pixels;
};

/// One thread receives (Next, Publish), one looks (all the others). Whoever looks may hand over to
/// another thread, and leave the frame it has behind with a reader that does not come back.
class FrameExchange {
 public:
  /// Where the receiver puts the next frame; the same until Publish.
  FrameSlot& Next() { return slots_[writing_]; }

  /// Gives it to the looking side, in place of one that was not taken.
  void Publish() {
    const uint8_t before =
        middle_.exchange(static_cast<uint8_t>(writing_ | kFresh), std::memory_order_acq_rel);
    writing_ = before & kIndex;
    if ((before & kFresh) != 0) {
      // The receiver alone writes it.
      replaced_.store(replaced_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
  }

  /// The newest frame that was not taken yet, untouched until the next Take that finds one; null
  /// when there is none.
  const FrameSlot* Take() {
    if ((middle_.load(std::memory_order_relaxed) & kFresh) == 0) return nullptr;
    reading_ = middle_.exchange(static_cast<uint8_t>(reading_), std::memory_order_acq_rel) & kIndex;
    return &slots_[reading_];
  }

  /// How often Leave may be called before a TakeBack.
  int spares() const { return spare_count_; }
  /// The frame that was taken last stays untouched until TakeBack, whatever is taken meanwhile.
  /// Returns what TakeBack wants; only while spares() is above 0.
  int Leave() {
    const int left = reading_;
    reading_ = spares_[static_cast<size_t>(--spare_count_)];
    return left;
  }
  /// Nobody reads that frame any more.
  void TakeBack(int left) { spares_[static_cast<size_t>(spare_count_++)] = left; }

  /// Frames that a newer one replaced before they were taken. From any thread.
  uint64_t replaced() const { return replaced_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint8_t kFresh = 8, kIndex = 7;
  std::array<FrameSlot, 5> slots_;
  int writing_ = 0, reading_ = 1;
  std::array<int, 2> spares_{3, 4};  // the looking side's
  int spare_count_ = 2;
  std::atomic<uint8_t> middle_{2};
  std::atomic<uint64_t> replaced_{0};
};

}  // namespace furrow::edge
