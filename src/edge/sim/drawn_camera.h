// SPDX-License-Identifier: Apache-2.0
// A camera of the simulation that sees pixels: it draws what lies in its view and finds plants in
// it, as a machine's camera and detector do.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/segmentation.h"
#include "edge/field/field.h"
#include "edge/field/render.h"

namespace furrow::edge {

/// Frames by camera and number, for drives over the same field by the same boom that differ in how
/// plants are found: each frame is drawn once. Drawing takes far longer than finding.
using DrawnFrames = std::map<std::pair<int, uint64_t>, std::vector<uint8_t>>;

struct DrawnCameraOptions {
  Method method = Method::kAdaptive;         // without a network
  int area_min = 10;                         // pixels; smaller patches are left out
  const SegmentationModel* model = nullptr;  // null: no network. It must outlive the camera
  NetMethod net = NetMethod::kHybrid;        // with one
  DrawnFrames* frames = nullptr;             // null: none is kept. It must outlive the camera
};

/// Deterministic in its arguments. One thread at a time; cameras are independent.
class DrawnCamera {
 public:
  /// `field` must outlive the camera. Errors: those of NetDetector::Make.
  static Result<DrawnCamera> Make(const Field& field, const Boom& boom, int camera,
                                  const DrawnCameraOptions& options);

  /// Replaces what `found` holds by the patches of a Bayer frame: with a network, weeds and crop,
  /// else plants. Errors: those of NetDetector::Detect.
  Status Look(const Shot& shot, std::vector<Detection>& found);

 private:
  DrawnCamera(const Field& field, const Boom& boom, int camera, DrawnFrames* frames);
  const std::vector<uint8_t>& Draw(const Shot& shot);

  int camera_, width_, height_;
  DrawnFrames* frames_;
  Renderer renderer_;
  std::unique_ptr<Detector> index_;  // one of these two
  std::optional<NetDetector> net_;
  std::vector<uint8_t> pixels_;
};

}  // namespace furrow::edge
