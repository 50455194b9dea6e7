// SPDX-License-Identifier: Apache-2.0
// Which ground the cameras have shown, and which came too near the nozzles without having been
// shown: a camera that is dead, black, stuck or too slow leaves a hole, and a hole is never silent.
#pragma once

#include <cstdint>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/pose/pose.h"
#include "edge/record/record.h"

namespace furrow::edge {

enum class WhenUnseen : uint8_t { kSpray, kLeave };

/// One thread. After construction it allocates nothing.
class Coverage {
 public:
  Coverage(const Boom& boom, WhenUnseen unseen);

  /// A frame that can be used, by the pose at its mid-exposure.
  void OnFrame(int camera, const Pose& pose);

  /// Calls `hole` with each piece of ground that must be decided about now and that its camera has
  /// not shown. Pieces of a camera follow one another without a gap, about kPiece long.
  template <typename F>
  void Check(const Pose& now, F&& hole) {
    if (now.v <= 0) return;
    for (size_t i = 0; i < views_.size(); ++i) {
      UnseenRecord piece;
      if (Next(static_cast<int>(i), now, piece)) hole(piece);
    }
  }

  /// How far ahead of the nozzles a camera shows the ground, 5 m at the most.
  Microns far(int camera) const { return views_[static_cast<size_t>(camera)].far; }

  static constexpr Microns kPiece = 250'000;

 private:
  struct View {
    // Of the ground it shows: ahead of the nozzles in its middle, and aside at its widest.
    Microns near = INT64_MAX, far = INT64_MIN, right = INT64_MAX, left = INT64_MIN;
    Microns seen_until = 0;  // path distance
    bool begun = false;      // seen_until is one
  };

  bool Next(int camera, const Pose& now, UnseenRecord& piece);

  const Boom boom_;
  const WhenUnseen unseen_;
  const Nanos delay_;   // from a command to the start of the fall, the longest of all nozzles
  const Microns lead_;  // sprayed before a weed
  std::vector<View> views_;
};

}  // namespace furrow::edge
