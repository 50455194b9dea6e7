// SPDX-License-Identifier: Apache-2.0
// What a camera on the boom sees of a generated field, and the truth of every pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "edge/field/canvas.h"
#include "edge/field/field.h"
#include "edge/field/ground.h"
#include "edge/field/paint.h"
#include "edge/field/residue.h"
#include "edge/image/frame.h"

namespace furrow::edge {

enum class FrameFault : uint8_t {
  kNone,
  kBlack,        // nothing but zeros
  kStuck,        // the pixels of the frame before
  kOverexposed,  // six times the light
};

/// One frame: where the machine is and how the camera is set.
struct Shot {
  Microns s = 0;          // path distance of the nozzle line's centre, which is its x
  Microns lateral = 0;    // its y
  double heading = 0;     // radians to the left of x
  double speed_mps = 0;   // with exposure_s, blurs along the way
  double exposure_s = 0;  //
  double gain = 1;        // of light; 1 shows the field as it is
  double noise = 1.5;     // standard deviation of a value, of 255
  uint64_t sequence = 0;  // of the frame; other frames have other noise
  FrameFault fault = FrameFault::kNone;
};

/// Renders frames of one camera over one field, which must outlive it. Plants lie flat on the
/// ground, which is why pixels and truth agree; their height shows in shadows alone.
///
/// A function of field, camera, shot and format alone (kStuck excepted). Compiled without fused
/// multiply-add and without the C library's functions, it gives the same pixels on every processor.
/// Not thread-safe: one for each thread. Holds about 16 bytes a pixel.
class Renderer {
 public:
  Renderer(const Field& field, const Camera& camera);

  /// Writes the frame's rows without gaps, in place of what `pixels` holds; with kStuck leaves
  /// `pixels` as the frame before left it. When `mask` is given it receives a byte a pixel: 0 soil,
  /// kCropMask, kWeedMask, whatever the fault.
  void Render(const Shot& shot, PixelFormat format, std::vector<uint8_t>& pixels,
              std::vector<uint8_t>* mask = nullptr);

 private:
  PlacedBlade Placed(const Blade& blade, Microns x, Microns y) const;
  void Compose(const Shot& shot);
  void PaintLitter(Painter& painter);
  void PaintPlants(Painter& painter);

  const Field& field_;
  Camera camera_;
  Canvas canvas_;
  Ground ground_;
  Pose2 pose_;
  bool sees_;                  // any ground at all
  double x0_, x1_, y0_, y1_;   // the rectangle it sees, in metres from the nozzle line
  std::vector<Plant> plants_;  // kept for their memory
  std::vector<Blade> blades_;
  std::vector<Litter> litter_;
};

}  // namespace furrow::edge
