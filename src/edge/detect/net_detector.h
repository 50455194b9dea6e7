// SPDX-License-Identifier: Apache-2.0
// From frames to boxes of crop and of weed, by a network. docs/edge/detect.md says how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "edge/detect/detection.h"
#include "edge/detect/detector.h"
#include "edge/detect/segmentation.h"
#include "edge/image/frame.h"

namespace furrow::edge {

enum class NetMethod : uint8_t {
  kNet,     // the network alone says what is crop and what is weed
  kHybrid,  // the method `adaptive` says what may be plant, the network which plants are weeds
};

/// Fills the scores of tiles whose inputs have this shape, both laid out as the network's own.
using Scorer = std::function<Status(std::span<const float> inputs, const infer::Shape& shape,
                                    std::span<float> scores)>;

struct NetOptions {
  NetMethod method = NetMethod::kNet;
  int area_min = 1;    // pixels of the frame; smaller patches are left out
  int batch_max = 8;   // tiles a run, of one frame or of several
  int frames_max = 1;  // that Detect takes at a time, such as one of each camera
  // What all frames have in common.
  int width = 0, height = 0;
  PixelFormat format = PixelFormat::kRgb8;
  /// Where the network runs on something else than ONNX Runtime, tile by tile: the model then only
  /// says how it is shown a frame, and what shapes it has.
  Scorer scorer;
};

/// Which pixels of a frame are crop, weed or neither: kNoPlant, kCropPixel, kWeedPixel. Valid until
/// the next Detect of its detector.
struct ClassView {
  const uint8_t* classes = nullptr;  // rows from the top without gaps
  int width = 0, height = 0;         // in the mask's own pixels
  int scale = 1;  // a pixel of the mask is a square of this many pixels of the frame

  const uint8_t* row(int y) const {
    return classes + static_cast<size_t>(y) * static_cast<size_t>(width);
  }
};

/// A function of frames with its memory. As with Detector, Bayer frames are seen at half
/// resolution. Everything of ours is allocated by Make, so that Detect takes memory only where
/// `found` must grow; ONNX Runtime keeps an arena of its own. The same model, library and processor
/// give the same result. One thread at a time; detectors are independent and may share a model.
class NetDetector {
 public:
  /// Errors: kInvalidArgument, naming the model, when the frames are smaller than a pixel of the
  /// network, when a Bayer frame meets an odd scale, or when the network refuses its tiles.
  static Result<NetDetector> Make(const SegmentationModel& model, const NetOptions& options);
  NetDetector(NetDetector&&) noexcept;
  NetDetector& operator=(NetDetector&&) noexcept;
  ~NetDetector();

  /// Replaces what each of `found` holds by the patches of the frame in its place, in full-frame
  /// pixels: weeds, those that end higher up first, then crop in the same order. Errors:
  /// kInvalidArgument when the frames are not what the detector was made for, or the library fails.
  Status Detect(std::span<const FrameView> frames, std::span<std::vector<Detection>> found);

  /// The classes of the last frames' pixels, without regard to area_min and, with `hybrid`, to
  /// whether a patch is surely weed.
  ClassView last_classes(size_t frame) const;

  /// Tiles that a frame is cut into, and how many the last Detect ran in all: `hybrid` leaves out
  /// those without a plant.
  int tiles_per_frame() const;
  int last_tiles() const;

 private:
  struct State;
  explicit NetDetector(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace furrow::edge
