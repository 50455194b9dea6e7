// SPDX-License-Identifier: Apache-2.0
// Cameras over a generated field, in real time.
#pragma once

#include <memory>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/capture/fault.h"
#include "edge/capture/source.h"
#include "edge/field/drive.h"
#include "edge/field/field.h"

namespace furrow::edge {

struct Shot;  // edge/field/render.h

/// A field and a drive over it that begins when the machine starts. Both outlive their frames.
struct FieldScene {
  const Field* field = nullptr;
  const Drive* drive = nullptr;
};

/// When a camera that gives no frames of its own takes its frame of that number, from the machine's
/// start on. Cameras take turns within a period, so that their frames do not all come at once.
Nanos DrawnFrameTime(const Boom& boom, int camera, uint64_t sequence);

/// What that frame of DrawnFrames shows, without faults: the same again at any later time.
Shot DrawnFrameShot(const FieldScene& scene, const Boom& boom, int camera, uint64_t sequence);

/// Draws what the camera sees where the drive is at that moment. Frames are drawn ahead and arrive
/// at their moment; when drawing is slower than the camera's rate, frames are left out.
std::unique_ptr<FrameSource> DrawnFrames(const FieldScene& scene, const Boom& boom, int camera,
                                         std::vector<CameraFault> faults);

/// Frames of one size, drawn beforehand at equal distances down the field.
using FrameStock = std::vector<std::vector<uint8_t>>;

/// `count` of them.
FrameStock DrawStock(const Field& field, const Camera& camera, int count);

/// The frames of `stock` over and over at the camera's rate, as they lie in memory: the load of a
/// camera without the cost of drawing. They show other places than the drive is at.
std::unique_ptr<FrameSource> StoredFrames(const Boom& boom, int camera,
                                          std::shared_ptr<const FrameStock> stock);

}  // namespace furrow::edge
