// SPDX-License-Identifier: Apache-2.0
#include "edge/live/eye.h"

#include <algorithm>
#include <cstddef>
#include <span>

#include "edge/boom/clock.h"

namespace furrow::edge {

Result<std::unique_ptr<CameraNet>> MakeCameraNet(const Camera& camera, PixelFormat format,
                                                 const SegmentationModel& model, NetMethod method,
                                                 int area_min, const ModelMark* mark) {
  FURROW_ASSIGN(NetDetector net, NetDetector::Make(model, {.method = method,
                                                           .area_min = area_min,
                                                           .width = camera.width,
                                                           .height = camera.height,
                                                           .format = format}));
  const int channels = format == PixelFormat::kRgb8 ? 3 : 1;
  const std::vector<uint8_t> pixels(static_cast<size_t>(camera.width) *
                                    static_cast<size_t>(camera.height * channels));
  const FrameView frame{.data = pixels.data(),
                        .width = camera.width,
                        .height = camera.height,
                        .stride = static_cast<ptrdiff_t>(camera.width) * channels,
                        .format = format};
  std::vector<Detection> found;
  // Its own processor time: at idle priority the clock says how busy others are.
  const Nanos begun = ThreadTime();
  FURROW_TRY(net.Detect({&frame, 1}, {&found, 1}));
  const Nanos took = ThreadTime() - begun;
  return std::unique_ptr<CameraNet>(new CameraNet{
      std::make_unique<Detector>(Method::kAdaptive, DetectorOptions{.area_min = area_min},
                                 camera.width, camera.height),
      std::move(net), took, mark});
}

Eye::Eye(const Camera& camera, PixelFormat format, Method method, int area_min,
         NetExchange* exchange)
    : index_(std::make_unique<Detector>(method, DetectorOptions{.area_min = area_min}, camera.width,
                                        camera.height)),
      exchange_(exchange),
      format_(format) {}

void Eye::TakeOver() {
  if (exchange_ != nullptr && exchange_->Take(net_) && net_ != nullptr) net_takes_ = net_->takes;
}

bool Eye::Look(const FrameView& frame, Nanos budget, std::vector<Detection>& out) {
  TakeOver();
  if (net_ == nullptr) {
    index_->Detect(frame, out);
    return true;
  }
  const Nanos begun = MonotonicNow();
  if (frame.format == format_ && begun - frame.captured + net_takes_ <= budget) {
    const Status done = net_->net.Detect({&frame, 1}, {&out, 1});
    const Nanos took = MonotonicNow() - begun;
    // Longer at once, shorter slowly.
    net_takes_ = std::max(took, net_takes_ - (net_takes_ - took) / 8);
    if (done.ok()) return true;
  } else {
    // So that a single slow run does not bar it for ever.
    net_takes_ -= net_takes_ / 64;
  }
  net_->index->Detect(frame, out);
  return false;
}

}  // namespace furrow::edge
