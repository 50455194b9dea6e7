// SPDX-License-Identifier: Apache-2.0
// How far two judges of the same frames differ, in what a sprayer can do: cells of a nozzle's pitch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/boom/projection.h"
#include "edge/detect/detection.h"

namespace furrow::edge {

/// Of one camera. One thread.
class CellFlips {
 public:
  CellFlips(const Boom& boom, const Camera& camera);
  /// What two judges found in one frame.
  void Add(std::span<const Detection> one, std::span<const Detection> other);

  uint64_t cells() const { return cells_; }  // of all frames
  uint64_t flips() const { return flips_; }  // of these, that the two decided otherwise about

 private:
  void Mark(std::span<const Detection> found, std::vector<uint8_t>& open) const;
  size_t At(int row, int column) const {
    return static_cast<size_t>(row) * static_cast<size_t>(columns_) + static_cast<size_t>(column);
  }

  const Projection projection_;
  const double pitch_;
  double left_ = 0;
  int columns_ = 0, rows_ = 0;
  uint64_t cells_seen_ = 0;     // of one frame
  std::vector<uint8_t> seen_;   // cells that the camera sees whole
  std::vector<uint8_t> one_, other_;
  uint64_t cells_ = 0, flips_ = 0;
};

}  // namespace furrow::edge
