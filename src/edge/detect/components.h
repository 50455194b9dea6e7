// SPDX-License-Identifier: Apache-2.0
// Connected patches of a mask, row by row.
//
// A row is a list of runs of set pixels. Runs of neighbouring rows that touch, at a corner too
// (8-connectivity), are of one patch; a union-find over the runs of two rows holds the equalities.
// A patch that a row does not continue is complete and goes out at once, so memory grows with the
// width alone. Source: Rosenfeld and Pfaltz 1966, "Sequential operations in digital picture
// processing", J. ACM 13(4); on runs: He, Chao, Suzuki 2008, IEEE Trans. Image Processing 17(5).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "edge/detect/detection.h"

namespace furrow::edge {

/// Allocates when it is made and when `out` must grow, at no other time. Not thread-safe.
class Components {
 public:
  explicit Components(int width_max);

  /// Starts an image. Patches of less than `area_min` pixels are left out; a pixel of the mask is a
  /// square of `scale` pixels of the frame, and boxes and areas are those of the frame.
  void Begin(int area_min, int scale);

  /// Takes in the next row, from the top: bit i of the words is pixel i. Bits beyond the width that
  /// the object was made for must be zero. Where `strong` is given, those of its bits count that
  /// are set in `words` as well, and a patch without any in all its rows is left out (hysteresis:
  /// Canny 1986, "A computational approach to edge detection", IEEE Trans. PAMI 8(6)).
  void AddRow(const uint64_t* words, int word_count, std::vector<Detection>& out,
              const uint64_t* strong = nullptr);

  /// Ends the image. `out` then holds every patch, those that end higher up first; the order
  /// depends on the mask alone.
  void Finish(std::vector<Detection>& out);

 private:
  struct Run {
    int32_t begin, end;  // end is one past the last
    int32_t patch;       // index in patches_
  };
  struct Patch {
    int32_t left, top, right, bottom, area;
    int32_t parent;  // index in patches_; its own for a root
    bool strong;
  };

  int32_t Root(int32_t patch);
  int32_t Unite(int32_t a, int32_t b);
  /// The runs of a row, in runs_.
  void FindRuns(const uint64_t* words, int word_count);
  void Emit(const Patch& patch, std::vector<Detection>& out) const;

  int area_min_ = 0, scale_ = 1;
  int32_t row_ = 0;
  // Sized once; the counts say how many are in use.
  std::vector<Run> runs_, last_runs_;  // of this row and of the one above
  std::vector<Patch> patches_, next_patches_;
  std::vector<int32_t> new_place_;  // of a root among next_patches_
  size_t run_count_ = 0, last_run_count_ = 0, patch_count_ = 0;
};

}  // namespace furrow::edge
