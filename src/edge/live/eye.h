// SPDX-License-Identifier: Apache-2.0
// One camera's way from a frame to patches: the network while there is time for it, the vegetation
// index otherwise.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/segmentation.h"
#include "edge/image/frame.h"

namespace furrow::edge {

struct EyeOptions {
  Method method = Method::kAdaptive;         // alone, or in place of a network that has no time
  int area_min = 10;                         // pixels
  const SegmentationModel* model = nullptr;  // null: no network. It must outlive the eye
  NetMethod net = NetMethod::kHybrid;
};

/// For frames of one camera. One thread.
class Eye {
 public:
  /// With a network it is run once on an empty frame, which takes the memory it needs and shows how
  /// long it takes. Errors: those of NetDetector.
  static Result<Eye> Make(const Camera& camera, PixelFormat format, const EyeOptions& options);

  /// The index alone, whatever `options` says of a network.
  static Eye OfIndex(const Camera& camera, const EyeOptions& options);

  /// Replaces what `out` holds by the frame's patches. The network is asked when by its last times
  /// it will be done `budget` after the frame's mid-exposure; one that fails counts as one without
  /// time. False: the index stood in for it.
  bool Look(const FrameView& frame, Nanos budget, std::vector<Detection>& out);

  bool has_net() const { return net_.has_value(); }
  /// What the network took lately; 0 without one.
  Nanos net_takes() const { return net_takes_; }

 private:
  explicit Eye(std::unique_ptr<Detector> index) : index_(std::move(index)) {}

  std::unique_ptr<Detector> index_;
  std::optional<NetDetector> net_;
  PixelFormat format_ = PixelFormat::kBayerRggb8;
  Nanos net_takes_ = 0;
};

}  // namespace furrow::edge
