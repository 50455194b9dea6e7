// SPDX-License-Identifier: Apache-2.0
// Pixels of a frame as numbers for a network.
#pragma once

#include "edge/detect/segmentation.h"
#include "edge/image/frame.h"

namespace furrow::edge {

/// Writes three planes of width x height numbers, from the frame's (left, top) in pixels of the
/// network: each the mean of scale x scale pixels of the frame, (colour - mean) / deviation. In a
/// Bayer frame a pixel's green is the mean of its greens; `scale` must be even there. Pixels to the
/// right of the frame or below it are its last ones again. The frame holds at least one pixel of
/// the network, and (left, top) lies in it. Thread-safe.
void FillInput(const FrameView& frame, const Segmentation& how, int left, int top, int width,
               int height, float* planes);

}  // namespace furrow::edge
