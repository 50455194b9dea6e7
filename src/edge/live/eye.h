// SPDX-License-Identifier: Apache-2.0
// One camera's way from a frame to patches: the network while there is time for it, the vegetation
// index otherwise.
#pragma once

#include <memory>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/segmentation.h"
#include "edge/image/frame.h"
#include "edge/live/net_exchange.h"

namespace furrow::edge {

/// A network for frames of one camera. It is run once on an empty frame, which takes the memory it
/// needs and shows how long it takes. `area_min`: patches of fewer pixels are left out. `mark` must
/// outlive it. Errors: those of NetDetector.
Result<std::unique_ptr<CameraNet>> MakeCameraNet(const Camera& camera, PixelFormat format,
                                                 const SegmentationModel& model, NetMethod method,
                                                 int area_min, const ModelMark* mark);

/// For frames of one camera. One thread.
class Eye {
 public:
  /// `method` and `area_min` are of the index while there is no network. `exchange` brings
  /// networks; null: there never is one. It must outlive the eye.
  Eye(const Camera& camera, PixelFormat format, Method method, int area_min, NetExchange* exchange);

  /// Takes the network that was given last, if it is another. Look does so too.
  void TakeOver();

  /// Replaces what `out` holds by the frame's patches. The network is asked when by its last times
  /// it will be done `budget` after the frame's mid-exposure; one that fails counts as one without
  /// time. False: the index stood in for it.
  bool Look(const FrameView& frame, Nanos budget, std::vector<Detection>& out);

  /// Whose network was to judge the last frame; null without one.
  const ModelMark* model() const { return net_ == nullptr ? nullptr : net_->mark; }
  /// What the network took lately; 0 without one.
  Nanos net_takes() const { return net_takes_; }

 private:
  std::unique_ptr<Detector> index_;
  NetExchange* exchange_;
  CameraNet* net_ = nullptr;
  PixelFormat format_;
  Nanos net_takes_ = 0;
};

}  // namespace furrow::edge
