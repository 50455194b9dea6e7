// SPDX-License-Identifier: Apache-2.0
// From light on a canvas to a sensor's bytes: sun and shade, dust in the air, the lens, motion
// during exposure, the tone curve, noise, the colour mosaic.
#pragma once

#include <cstdint>

#include "edge/boom/boom.h"
#include "edge/field/canvas.h"
#include "edge/image/frame.h"

namespace furrow::edge {

struct Development {
  double cloud = 0;    // 0: shadows at their darkest; 1: none
  double dust = 0;     // 0 to 1
  double gain = 1;     // of light
  double noise = 0;    // standard deviation of a value, of 255
  double smear_m = 0;  // how far the machine goes during exposure
  uint64_t key = 0;    // of the noise
};

/// Writes width * height pixels without gaps at `out`. Leaves the canvas lit, so it must be painted
/// anew for the next frame.
///
/// The tone curve is a square root, close to that of a screen; with it photon noise, which grows
/// with the root of the light, has one deviation at all values (F. J. Anscombe, Biometrika 1948).
void Develop(const Development& how, const Camera& camera, PixelFormat format, Canvas& canvas,
             uint8_t* out);

}  // namespace furrow::edge
