// SPDX-License-Identifier: Apache-2.0
#include "edge/capture/field_source.h"

#include "edge/capture/pace.h"
#include "edge/field/render.h"

namespace furrow::edge {
namespace {

constexpr Nanos kPatience = kSecond / 5;
constexpr Nanos kExposure = kMillisecond / 5;

Nanos PeriodOf(const Camera& camera) { return ToBillionths(1 / camera.fps); }

Nanos TurnOf(const Boom& boom, int camera) {
  return PeriodOf(boom.cameras[camera]) * camera / static_cast<int64_t>(boom.cameras.size());
}

FrameView ViewOf(const Camera& camera, int index, const Pace& pace) {
  return {.width = camera.width,
          .height = camera.height,
          .stride = camera.width,
          .format = PixelFormat::kBayerRggb8,
          .camera = index,
          .sequence = pace.number(),
          .captured = pace.at(),
          .exposure = kExposure};
}

FrameFault Drawn(const CameraFault* fault) {
  if (fault == nullptr) return FrameFault::kNone;
  switch (fault->kind) {
    case CameraFaultKind::kBlack:
      return FrameFault::kBlack;
    case CameraFaultKind::kOverexposed:
      return FrameFault::kOverexposed;
    default:
      return FrameFault::kNone;
  }
}

class Drawer : public FrameSource {
 public:
  Drawer(const FieldScene& scene, const Boom& boom, int camera, std::vector<CameraFault> faults)
      : scene_(scene),
        boom_(boom),
        camera_(boom.cameras[camera]),
        index_(camera),
        faults_(std::move(faults)),
        renderer_(*scene.field, camera_) {}

  bool waits() const override { return false; }
  void Begin(Nanos start) override {
    start_ = start;
    pace_ = Pace(start + TurnOf(boom_, index_), PeriodOf(camera_));
  }
  Result<Got> Next(FrameSlot& slot) override {
    if (!drawn_) Draw();
    if (!pace_.Wait(kPatience)) return Got::kNothing;
    drawn_ = false;
    const CameraFault* fault = FaultAt(faults_, index_, pace_.at() - start_);
    if (fault != nullptr && fault->kind == CameraFaultKind::kDead) return Got::kNothing;
    if (fault != nullptr && fault->kind == CameraFaultKind::kStuck && !last_.empty()) {
      slot.pixels = last_;
    } else {
      slot.pixels.swap(pixels_);
      if (!faults_.empty()) last_ = slot.pixels;
    }
    slot.view = ViewOf(camera_, index_, pace_);
    slot.view.data = slot.pixels.data();
    if (fault != nullptr && fault->kind == CameraFaultKind::kLate) {
      SleepUntil(pace_.at() + fault->delay);
    }
    return Got::kFrame;
  }

 private:
  /// The next frame that can be drawn by its moment, as the last one's drawing took.
  void Draw() {
    const Nanos begun = MonotonicNow();
    pace_.SkipTo(begun + took_);
    Shot shot = DrawnFrameShot(scene_, boom_, index_, pace_.next_number());
    shot.fault = Drawn(FaultAt(faults_, index_, pace_.next() - start_));
    renderer_.Render(shot, PixelFormat::kBayerRggb8, pixels_);
    took_ = MonotonicNow() - begun;
    drawn_ = true;
  }

  const FieldScene scene_;
  const Boom boom_;
  const Camera camera_;
  const int index_;
  const std::vector<CameraFault> faults_;
  Nanos start_ = 0;
  Pace pace_;
  Renderer renderer_;
  std::vector<uint8_t> pixels_;  // of the frame to come
  bool drawn_ = false;
  Nanos took_ = 0;             // to draw
  std::vector<uint8_t> last_;  // what a stuck camera shows
};

class Store : public FrameSource {
 public:
  Store(const Boom& boom, int camera, std::shared_ptr<const FrameStock> stock)
      : camera_(boom.cameras[camera]),
        index_(camera),
        turn_(TurnOf(boom, camera)),
        stock_(std::move(stock)) {}

  void Begin(Nanos start) override { pace_ = Pace(start + turn_, PeriodOf(camera_)); }
  Result<Got> Next(FrameSlot& slot) override {
    if (!pace_.Await(kPatience)) return Got::kNothing;
    slot.view = ViewOf(camera_, index_, pace_);
    // No two cameras are at the same frame, so that none finds it in a cache.
    const uint64_t at = pace_.number() + static_cast<uint64_t>(index_) * stock_->size() / 13;
    slot.view.data = (*stock_)[at % stock_->size()].data();
    return Got::kFrame;
  }

 private:
  const Camera camera_;
  const int index_;
  const Nanos turn_;
  Pace pace_;
  const std::shared_ptr<const FrameStock> stock_;
};

}  // namespace

Nanos DrawnFrameTime(const Boom& boom, int camera, uint64_t sequence) {
  return TurnOf(boom, camera) +
         PeriodOf(boom.cameras[static_cast<size_t>(camera)]) * static_cast<int64_t>(sequence);
}

Shot DrawnFrameShot(const FieldScene& scene, const Boom& boom, int camera, uint64_t sequence) {
  const DrivePose pose = scene.drive->At(DrawnFrameTime(boom, camera, sequence));
  return {.s = pose.x,
          .lateral = pose.y,
          .heading = FromBillionths(pose.heading),
          .speed_mps = FromMillionths(pose.v),
          .exposure_s = FromBillionths(kExposure),
          .sequence = sequence};
}

std::unique_ptr<FrameSource> DrawnFrames(const FieldScene& scene, const Boom& boom, int camera,
                                         std::vector<CameraFault> faults) {
  return std::make_unique<Drawer>(scene, boom, camera, std::move(faults));
}

FrameStock DrawStock(const Field& field, const Camera& camera, int count) {
  FrameStock stock(static_cast<size_t>(count));
  Renderer renderer(field, camera);
  for (int i = 0; i < count; ++i) {
    const Shot shot{.s = i * 2 * kMetre,
                    .speed_mps = 6,
                    .exposure_s = FromBillionths(kExposure),
                    .sequence = static_cast<uint64_t>(i)};
    renderer.Render(shot, PixelFormat::kBayerRggb8, stock[static_cast<size_t>(i)]);
  }
  return stock;
}

std::unique_ptr<FrameSource> StoredFrames(const Boom& boom, int camera,
                                          std::shared_ptr<const FrameStock> stock) {
  return std::make_unique<Store>(boom, camera, std::move(stock));
}

}  // namespace furrow::edge
