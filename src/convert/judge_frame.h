// SPDX-License-Identifier: Apache-2.0
// One frame as source, result and truth see it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "convert/figures.h"
#include "convert/frames.h"
#include "edge/detect/detection.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/nozzle_cells.h"

namespace furrow::convert {

/// What a model made of a frame.
struct Judgement {
  std::vector<uint8_t> classes;  // of the mask's pixels, as ClassView has them
  std::vector<edge::Detection> found;
  int width = 0, height = 0, scale = 1;
};

/// For the frames of one camera in one format. One thread.
class FrameTallier {
 public:
  /// Patches of truth below `area_min` pixels are no weeds.
  FrameTallier(edge::NozzleCells cells, int area_min);

  FrameTally Count(const Judgement& source, const Judgement& result, const edge::Image& mask);
  size_t cells() const { return cells_.count(); }
  const edge::NozzleCells& grid() const { return cells_; }

 private:
  /// Weeds of the mask that lie in cells at all, and which of them are hit.
  void CountWeeds(const edge::Image& mask, FrameTally& tally);

  edge::NozzleCells cells_;
  const int area_min_;
  std::vector<int32_t> cell_of_;  // of each pixel of the frame
  std::vector<uint8_t> open_source_, open_result_, weedy_;
};

}  // namespace furrow::convert
