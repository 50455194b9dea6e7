// SPDX-License-Identifier: Apache-2.0
#include "edge/sim/drawn_camera.h"

#include <utility>

namespace furrow::edge {

DrawnCamera::DrawnCamera(const Field& field, const Boom& boom, int camera, DrawnFrames* frames)
    : camera_(camera),
      width_(boom.cameras[camera].width),
      height_(boom.cameras[camera].height),
      frames_(frames),
      renderer_(field, boom.cameras[camera]) {}

Result<DrawnCamera> DrawnCamera::Make(const Field& field, const Boom& boom, int camera,
                                      const DrawnCameraOptions& options) {
  DrawnCamera made(field, boom, camera, options.frames);
  if (options.model == nullptr) {
    made.index_ = std::make_unique<Detector>(
        options.method, DetectorOptions{.area_min = options.area_min}, made.width_, made.height_);
    return made;
  }
  FURROW_ASSIGN(NetDetector net,
                NetDetector::Make(*options.model, {.method = options.net,
                                                   .area_min = options.area_min,
                                                   .width = made.width_,
                                                   .height = made.height_,
                                                   .format = PixelFormat::kBayerRggb8}));
  made.net_.emplace(std::move(net));
  return made;
}

const std::vector<uint8_t>& DrawnCamera::Draw(const Shot& shot) {
  std::vector<uint8_t>* pixels = &pixels_;
  if (frames_ != nullptr) {
    const auto [place, fresh] = frames_->try_emplace({camera_, shot.sequence});
    if (!fresh) return place->second;
    pixels = &place->second;
  }
  renderer_.Render(shot, PixelFormat::kBayerRggb8, *pixels);
  return *pixels;
}

Status DrawnCamera::Look(const Shot& shot, std::vector<Detection>& found) {
  const FrameView frame{.data = Draw(shot).data(),
                        .width = width_,
                        .height = height_,
                        .stride = width_,
                        .format = PixelFormat::kBayerRggb8};
  if (net_) return net_->Detect({&frame, 1}, {&found, 1});
  index_->Detect(frame, found);
  return {};
}

}  // namespace furrow::edge
