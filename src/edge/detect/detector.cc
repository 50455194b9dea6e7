// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/detector.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "edge/detect/threshold.h"

namespace furrow::edge {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"exg",   "exgr", "maxg",  "nexg",
                                                    "exhsv", "hsv",  "gndvi", "adaptive"};

/// The method `adaptive` counts every eighth row, fewer apart when a frame has few: neighbouring
/// rows tell the histogram little that is new.
int CountedEvery(int height) { return std::clamp(height / 64, 1, 8); }

const uint8_t* Row(const FrameView& frame, int y) { return frame.data + y * frame.stride; }

bool Bayer(const FrameView& frame) { return frame.format == PixelFormat::kBayerRggb8; }

int Words(int width) { return (width + 63) / 64; }

}  // namespace

Result<Method> ParseMethod(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found != kNames.end()) return static_cast<Method>(found - kNames.begin());
  std::string all;
  for (const std::string_view known : kNames) all += (all.empty() ? "" : ", ") + std::string(known);
  return Status(Code::kInvalidArgument,
                "no method is called '" + std::string(name) + "'; there are: " + all);
}

std::string_view MethodName(Method method) { return kNames[static_cast<size_t>(method)]; }

int64_t MaskView::Count() const {
  int64_t count = 0;
  const size_t size = words_per_row * static_cast<size_t>(height);
  for (size_t i = 0; i < size; ++i) count += std::popcount(words[i]);
  return count;
}

Detector::Detector(Method method, DetectorOptions options, int width_max, int height_max)
    : method_(method),
      options_(options),
      kernels_(options.kernels != nullptr ? *options.kernels : BestKernels()),
      width_max_(width_max),
      height_max_(height_max),
      index_(static_cast<size_t>(Words(width_max)) * 64),
      rgb_(static_cast<size_t>(width_max) * 3),
      words_(static_cast<size_t>(Words(width_max)) * static_cast<size_t>(height_max)),
      counts_(4 * 256),
      components_(width_max) {}

const uint8_t* Detector::RgbRow(const FrameView& frame, int y) {
  if (!Bayer(frame)) return Row(frame, y);
  QuadsToRgb(Row(frame, 2 * y), Row(frame, 2 * y + 1), mask_.width, rgb_.data());
  return rgb_.data();
}

void Detector::ExcessGreenRow(const FrameView& frame, int y, int bias) {
  if (Bayer(frame)) {
    kernels_.excess_green_bayer(Row(frame, 2 * y), Row(frame, 2 * y + 1), mask_.width, bias,
                                index_.data());
  } else {
    kernels_.excess_green_rgb(Row(frame, y), mask_.width, bias, index_.data());
  }
}

void Detector::IndexRow(const FrameView& frame, int y) {
  const int width = mask_.width;
  uint8_t* out = index_.data();
  switch (method_) {
    case Method::kExg:
      ExcessGreenRow(frame, y, 0);
      break;
    case Method::kAdaptive:
      ExcessGreenRow(frame, y, kIndexBias);
      break;
    case Method::kExgr:
      ExgrRow(RgbRow(frame, y), width, out);
      break;
    case Method::kMaxg:
      MaxgRow(RgbRow(frame, y), width, maxg_most_, out);
      break;
    case Method::kNexg:
      NexgRow(RgbRow(frame, y), width, out);
      break;
    case Method::kExhsv:
      ExhsvRow(RgbRow(frame, y), width, options_.hsv, out);
      break;
    case Method::kHsv:
      HsvRow(RgbRow(frame, y), width, options_.hsv, out);
      break;
    case Method::kGndvi:
      GndviRow(RgbRow(frame, y), width, gndvi_, out);
      break;
  }
  std::fill(out + width, out + Words(width) * 64, uint8_t{0});
}

void Detector::CountIndex(const FrameView& frame) {
  // Four histograms: a run of equal values would wait for its own last increment.
  std::fill(counts_.begin(), counts_.end(), 0U);
  uint32_t* counts = counts_.data();
  const int every = CountedEvery(mask_.height);
  for (int y = every / 2; y < mask_.height; y += every) {
    ExcessGreenRow(frame, y, kIndexBias);
    const uint8_t* index = index_.data();
    int x = 0;
    for (; x + 4 <= mask_.width; x += 4) {
      ++counts[index[x]];
      ++counts[256 + index[x + 1]];
      ++counts[512 + index[x + 2]];
      ++counts[768 + index[x + 3]];
    }
    for (; x < mask_.width; ++x) ++counts[index[x]];
  }
}

void Detector::Survey(const FrameView& frame) {
  threshold_ = std::clamp(options_.index_min, 0, 255);
  switch (method_) {
    case Method::kAdaptive: {
      CountIndex(frame);
      Histogram histogram;
      for (size_t i = 0; i < 256; ++i) {
        histogram[i] = counts_[i] + counts_[256 + i] + counts_[512 + i] + counts_[768 + i];
      }
      threshold_ = AdaptiveThreshold(histogram);
      break;
    }
    case Method::kHsv:
      threshold_ = 0;
      break;
    case Method::kMaxg:
      maxg_most_ = 0;
      for (int y = 0; y < mask_.height; ++y) {
        maxg_most_ = MaxgMost(RgbRow(frame, y), mask_.width, maxg_most_);
      }
      break;
    case Method::kGndvi:
      gndvi_ = {};
      for (int y = 0; y < mask_.height; ++y) {
        GndviExtend(RgbRow(frame, y), mask_.width, gndvi_);
      }
      break;
    default:
      break;
  }
}

void Detector::Detect(const FrameView& frame, std::vector<Detection>& out) {
  out.clear();
  mask_ = {};
  if (frame.width > width_max_ || frame.height > height_max_) return;
  const int scale = Bayer(frame) ? 2 : 1;
  mask_.words = words_.data();
  mask_.width = frame.width / scale;
  mask_.height = frame.height / scale;
  mask_.words_per_row = static_cast<size_t>(Words(mask_.width));
  mask_.scale = scale;
  Survey(frame);

  const int words = Words(mask_.width);
  const int limit = threshold_ + (method_ == Method::kAdaptive ? kIndexBias : 0);
  components_.Begin(options_.area_min, scale);
  // Row by row through all steps, so that everything between the frame and the mask stays in the
  // nearest cache.
  for (int y = 0; y < mask_.height; ++y) {
    uint64_t* row = words_.data() + static_cast<size_t>(y) * mask_.words_per_row;
    IndexRow(frame, y);
    kernels_.pack_above(index_.data(), words, limit, row);
    components_.AddRow(row, words, out);
  }
  components_.Finish(out);
}

}  // namespace furrow::edge
