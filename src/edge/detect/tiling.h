// SPDX-License-Identifier: Apache-2.0
// One side of a frame cut into tiles of equal length, in pixels of the network. A tile's outermost
// pixels are seen, so that what lies at its edge has surroundings, but another tile answers for
// them; at the frame's own edges there is no other, and the tile does. Tiles begin at multiples of
// a number, so that a network that halves its input again and again sees every pixel in one place
// of its grid, whatever the tiles are.
#pragma once

namespace furrow::edge {

struct Tiling {
  int size = 0;    // of the frame
  int count = 0;   // tiles
  int length = 0;  // of each, a multiple; the last may reach beyond the frame
  int multiple = 1;
  int margin = 0;  // a multiple; not used at an edge that another tile continues

  /// The tile's first pixel.
  int begin(int tile) const;
  /// The first pixel that the tile answers for, and one past the last. Each pixel of the frame has
  /// one tile.
  int own_begin(int tile) const { return tile == 0 ? 0 : begin(tile) + margin; }
  int own_end(int tile) const { return tile + 1 == count ? size : own_begin(tile + 1); }
};

/// As few tiles as do it with at most `length_max`, and these as short as they can be; lengths are
/// multiples of `multiple`, as `length_max` is. 2 * margin < length_max.
Tiling CutToFit(int size, int length_max, int multiple, int margin);

/// Tiles of that length. 2 * margin < length.
Tiling CutEvenly(int size, int length, int multiple, int margin);

}  // namespace furrow::edge
