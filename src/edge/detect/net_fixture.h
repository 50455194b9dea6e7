// SPDX-License-Identifier: Apache-2.0
// A network for tests that needs no training: blue is crop, red is weed, black is ground.
#pragma once

#include <string>
#include <vector>

#include "edge/detect/segmentation.h"
#include "infer/onnx_fixture.h"

namespace furrow::edge {

struct ColourNet {
  Segmentation how{.background = 1,
                   .crop = 2,
                   .weed = 0,
                   .scale = 2,
                   .mean = {0, 0, 0},
                   .deviation = {1, 1, 1},
                   .multiple = 4,
                   .tile_max = 32,
                   .overlap = 4};
  int64_t batch = -1, channels = 3, height = -1, width = -1;  // of the input
  bool blurred = false;  // the scores see three pixels in each direction, as overlap allows

  infer::OnnxModel Graph() const {
    // Scores in the order weed, ground, crop: ten times red, 0.3, blue: as sure as a trained one.
    infer::OnnxModel model;
    model.Input("pixels", infer::kOnnxFloat, {batch, channels, height, width})
        .Output("scores", infer::kOnnxFloat, {batch, 3, -1, -1})
        .Weights("weight", {3, 3, 1, 1}, {10, 0, 0, 0, 0, 0, 0, 0, 10})
        .Weights("bias", {3}, {0, 3, 0})
        .Node("Conv", {"pixels", "weight", "bias"}, blurred ? "sharp" : "scores",
              {{"strides", {2, 2}}});
    if (blurred) {
      model.Node("AveragePool", {"sharp"}, "scores",
                 {{"kernel_shape", {3, 3}}, {"pads", {1, 1, 1, 1}}});
    }
    return model;
  }
  std::string File() const {
    return Sealed(Graph().Property("furrow.segmentation", SegmentationText(how)).Text());
  }
};

}  // namespace furrow::edge
