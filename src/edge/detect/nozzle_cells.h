// SPDX-License-Identifier: Apache-2.0
// The ground that a camera sees, cut into squares of one nozzle's pitch: the smallest piece of
// ground about which a nozzle can decide. What a model does to the spraying is counted in them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/boom/projection.h"
#include "edge/detect/detection.h"

namespace furrow::edge {

/// Column c is the ground from left_m - c * pitch_m to one pitch right of it, row r that from
/// x = r * pitch_m to one pitch further on.
struct CellGrid {
  double pitch_m = 0, left_m = 0;
  int columns = 0;

  bool operator==(const CellGrid&) const = default;
};

/// The grid of a boom: the least distance of two nozzles of its first line, from its outermost left
/// edge to its outermost right one. With a single nozzle the pitch is its swath.
CellGrid GridOf(const Boom& boom);

/// Immutable after Make and safe to share.
class NozzleCells {
 public:
  /// Errors: kInvalidArgument when the camera sees no cell of the grid whole.
  static Result<NozzleCells> Make(const Camera& camera, const CellGrid& grid);

  /// Cells whose corners the camera sees. They are numbered row by row from the nearest, in a row
  /// from the left.
  size_t count() const { return count_; }
  const CellGrid& grid() const { return grid_; }

  /// Sets open[cell] to 1 where the box of a weed reaches into the cell, else to 0. As in the
  /// sprayer a box is the ground between its four corners.
  void Decide(std::span<const Detection> found, std::vector<uint8_t>& open) const;

  /// The cell in which the middle of the square of `scale` pixels at column x and row y lies, for
  /// every such square of the camera's image, row by row; -1 for none.
  std::vector<int32_t> CellOfPixels(int scale) const;

 private:
  NozzleCells(const Camera& camera, const CellGrid& grid)
      : camera_(camera), projection_(camera), grid_(grid) {}
  int At(int row, int column) const;

  Camera camera_;
  Projection projection_;
  CellGrid grid_;
  int rows_ = 0;
  std::vector<int32_t> numbers_;  // of each cell up to rows_; -1 for one that is not seen whole
  size_t count_ = 0;
};

/// Decisions as text: a bit for each cell, the first in the lowest bit of the first byte, in
/// lowercase hexadecimal.
std::string CellBits(std::span<const uint8_t> open);

/// The decisions of `count` cells. Errors: kInvalidArgument when the text is of another length or
/// has other characters, or bits beyond the last cell.
Result<std::vector<uint8_t>> CellsFromBits(std::string_view text, size_t count);

}  // namespace furrow::edge
