// SPDX-License-Identifier: Apache-2.0
#include "edge/programs/plant_finder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "edge/detect/class_rows.h"
#include "edge/detect/detector.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/segmentation.h"

namespace furrow::edge {
namespace {

Status Wrong(std::string message) { return Status(Code::kInvalidArgument, std::move(message)); }

double Pixels(const Image& image) {
  return static_cast<double>(image.width) * static_cast<double>(image.height);
}

class IndexFinder : public PlantFinder {
 public:
  IndexFinder(Method method, int area_min) : method_(method), area_min_(area_min) {}

  Result<FoundPlants> Find(const Image& rgb) override {
    Detector detector(method_, {.area_min = area_min_}, rgb.width, rgb.height);
    FoundPlants found;
    detector.Detect(View(rgb), found.boxes);
    const MaskView mask = detector.last_mask();
    found.share = static_cast<double>(mask.Count()) / Pixels(rgb);
    found.mask = MakeImage(mask.width, mask.height, 1);
    for (int y = 0; y < mask.height; ++y) {
      for (int x = 0; x < mask.width; ++x) found.mask.row(y)[x] = mask.At(x, y) ? 255 : 0;
    }
    return found;
  }

 private:
  const Method method_;
  const int area_min_;
};

class NetFinder : public PlantFinder {
 public:
  NetFinder(SegmentationModel model, NetMethod method, int area_min)
      : model_(std::move(model)), method_(method), area_min_(area_min) {}

  Result<FoundPlants> Find(const Image& rgb) override {
    if (!detector_ || rgb.width != width_ || rgb.height != height_) {
      detector_.reset();  // first, so that only one's memory is held
      FURROW_ASSIGN(NetDetector made, NetDetector::Make(model_, {.method = method_,
                                                                 .area_min = area_min_,
                                                                 .width = rgb.width,
                                                                 .height = rgb.height}));
      detector_.emplace(std::move(made));
      width_ = rgb.width;
      height_ = rgb.height;
    }
    FoundPlants found;
    const FrameView frame = View(rgb);
    FURROW_TRY(detector_->Detect({&frame, 1}, {&found.boxes, 1}));
    const ClassView classes = detector_->last_classes(0);
    found.mask = MakeImage(classes.width, classes.height, 1);
    found.mask.pixels.assign(classes.classes, classes.row(classes.height));
    const auto count = [&](uint8_t kind) {
      return static_cast<double>(std::ranges::count(found.mask.pixels, kind));
    };
    found.weed_share = count(kWeedPixel) / Pixels(rgb);
    found.share = found.weed_share + count(kCropPixel) / Pixels(rgb);
    return found;
  }

  std::string model_sha256() const override { return model_.sha256; }

 private:
  const SegmentationModel model_;
  const NetMethod method_;
  const int area_min_;
  std::optional<NetDetector> detector_;  // for frames of the last size
  int width_ = 0, height_ = 0;
};

}  // namespace

Result<std::unique_ptr<PlantFinder>> MakePlantFinder(const PlantFinderOptions& options) {
  const bool net = options.method == "net", hybrid = options.method == "hybrid";
  if (net || hybrid) {
    if (options.model.empty()) return Wrong("--method " + options.method + " needs --model");
    FURROW_ASSIGN(SegmentationModel model, LoadSegmentation(options.model, options.threads));
    return std::unique_ptr<PlantFinder>(std::make_unique<NetFinder>(
        std::move(model), net ? NetMethod::kNet : NetMethod::kHybrid, options.area_min));
  }
  const Result<Method> method = ParseMethod(options.method);
  if (!method.ok()) {
    return Status(method.status().code(), method.status().message() + ", net, hybrid");
  }
  if (!options.model.empty()) {
    return Wrong("--model is for the methods net and hybrid, not for " + options.method);
  }
  return std::unique_ptr<PlantFinder>(
      std::make_unique<IndexFinder>(method.value(), options.area_min));
}

}  // namespace furrow::edge
