// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "edge/boom/units.h"

namespace furrow::edge {

enum class PixelFormat : uint8_t {
  kRgb8,        // three bytes a pixel: red, green, blue
  kBayerRggb8,  // one byte a pixel; red at even rows and columns, blue at odd ones
};

/// Somebody else's pixels, and when they were taken. Valid as long as their owner says.
struct FrameView {
  const uint8_t* data = nullptr;
  int width = 0, height = 0;  // pixels
  ptrdiff_t stride = 0;       // bytes from a row to the next
  PixelFormat format = PixelFormat::kRgb8;
  int camera = 0;         // index in Boom::cameras
  uint64_t sequence = 0;  // counts the camera's frames, dropped ones included
  Nanos captured = 0;     // mid-exposure
  Nanos exposure = 0;
};

}  // namespace furrow::edge
