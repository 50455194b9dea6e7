// SPDX-License-Identifier: Apache-2.0
#include "edge/live/eye.h"

#include <algorithm>
#include <span>

#include "edge/boom/clock.h"

namespace furrow::edge {

Eye Eye::OfIndex(const Camera& camera, const EyeOptions& options) {
  return Eye(std::make_unique<Detector>(
      options.method, DetectorOptions{.area_min = options.area_min}, camera.width, camera.height));
}

Result<Eye> Eye::Make(const Camera& camera, PixelFormat format, const EyeOptions& options) {
  Eye eye = OfIndex(camera, options);
  if (options.model == nullptr) return eye;
  FURROW_ASSIGN(NetDetector net, NetDetector::Make(*options.model, {.method = options.net,
                                                                    .area_min = options.area_min,
                                                                    .width = camera.width,
                                                                    .height = camera.height,
                                                                    .format = format}));
  eye.net_.emplace(std::move(net));
  eye.format_ = format;
  const int channels = format == PixelFormat::kRgb8 ? 3 : 1;
  const std::vector<uint8_t> pixels(static_cast<size_t>(camera.width) *
                                    static_cast<size_t>(camera.height * channels));
  const FrameView frame{.data = pixels.data(),
                        .width = camera.width,
                        .height = camera.height,
                        .stride = static_cast<ptrdiff_t>(camera.width) * channels,
                        .format = format};
  std::vector<Detection> found;
  const Nanos begun = MonotonicNow();
  FURROW_TRY(eye.net_->Detect({&frame, 1}, {&found, 1}));
  eye.net_takes_ = MonotonicNow() - begun;
  return eye;
}

bool Eye::Look(const FrameView& frame, Nanos budget, std::vector<Detection>& out) {
  const Nanos begun = MonotonicNow();
  if (net_ && frame.format == format_ && begun - frame.captured + net_takes_ <= budget) {
    const Status done = net_->Detect({&frame, 1}, {&out, 1});
    const Nanos took = MonotonicNow() - begun;
    // Longer at once, shorter slowly.
    net_takes_ = std::max(took, net_takes_ - (net_takes_ - took) / 8);
    if (done.ok()) return true;
  } else if (net_) {
    // So that a single slow run does not bar it for ever.
    net_takes_ -= net_takes_ / 64;
  }
  index_->Detect(frame, out);
  return !net_;
}

}  // namespace furrow::edge
