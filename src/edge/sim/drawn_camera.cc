// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/drawn_camera.h"

#include <utility>

namespace furrow::edge {

DrawnCamera::DrawnCamera(const Field& field, const Camera& camera)
    : width_(camera.width), height_(camera.height), renderer_(field, camera) {}

Result<DrawnCamera> DrawnCamera::Make(const Field& field, const Camera& camera,
                                      const DrawnCameraOptions& options) {
  DrawnCamera made(field, camera);
  if (options.model == nullptr) {
    made.index_ = std::make_unique<Detector>(
        options.method, DetectorOptions{.area_min = options.area_min}, camera.width, camera.height);
    return made;
  }
  FURROW_ASSIGN(NetDetector net,
                NetDetector::Make(*options.model, {.method = options.net,
                                                   .area_min = options.area_min,
                                                   .width = camera.width,
                                                   .height = camera.height,
                                                   .format = PixelFormat::kBayerRggb8}));
  made.net_.emplace(std::move(net));
  return made;
}

Status DrawnCamera::Look(const Shot& shot, std::vector<Detection>& found) {
  renderer_.Render(shot, PixelFormat::kBayerRggb8, pixels_);
  const FrameView frame{.data = pixels_.data(),
                        .width = width_,
                        .height = height_,
                        .stride = width_,
                        .format = PixelFormat::kBayerRggb8};
  if (net_) return net_->Detect({&frame, 1}, {&found, 1});
  index_->Detect(frame, found);
  return {};
}

}  // namespace furrow::edge
