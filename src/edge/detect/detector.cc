// SPDX-License-Identifier: Apache-2.0
#include "edge/detect/detector.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace furrow::edge {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"exg",   "exgr", "maxg",  "nexg",
                                                    "exhsv", "hsv",  "gndvi", "adaptive"};

/// The method `adaptive` counts about 32 rows, in a tall frame one in 32: neighbouring rows tell
/// the histogram little that is new.
int CountedEvery(int height) { return std::clamp(height / 32, 1, 32); }

/// The lines of `adaptive`: three rows of each index, three of each softened along, two for all
/// rows in turn.
constexpr int kExcess = 0, kOverRed = 3, kSoftened = 6, kSoft = 12, kLines = 15;
/// Before and after each line, for what lies beside the image; whole cache lines.
constexpr int kLineMargin = 64;

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
      counts_(2 * 4 * 256),
      components_(width_max) {
  if (method != Method::kAdaptive) return;
  strong_.resize(2 * static_cast<size_t>(Words(width_max)));
  lines_.resize(kLines * (index_.size() + 2 * kLineMargin));
}

const uint8_t* Detector::RgbRow(const FrameView& frame, int y) {
  if (!Bayer(frame)) return Row(frame, y);
  QuadsToRgb(Row(frame, 2 * y), Row(frame, 2 * y + 1), mask_.width, rgb_.data());
  return rgb_.data();
}

void Detector::ExcessGreenRow(const FrameView& frame, int y) {
  if (Bayer(frame)) {
    kernels_.excess_green_bayer(Row(frame, 2 * y), Row(frame, 2 * y + 1), mask_.width, 0,
                                index_.data());
  } else {
    kernels_.excess_green_rgb(Row(frame, y), mask_.width, 0, index_.data());
  }
}

void Detector::IndexRow(const FrameView& frame, int y) {
  const int width = mask_.width;
  uint8_t* out = index_.data();
  switch (method_) {
    case Method::kExg:
      ExcessGreenRow(frame, y);
      break;
    case Method::kAdaptive:
      break;  // PlantRow
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

uint8_t* Detector::Line(int kind, int y) {
  const size_t line = static_cast<size_t>(kind) + static_cast<size_t>(y) % 3;
  return lines_.data() + line * (index_.size() + 2 * kLineMargin) + kLineMargin;
}

void Detector::PlantIndexRow(const FrameView& frame, int y) {
  const int width = mask_.width;
  uint8_t* const excess = Line(kExcess, y);
  uint8_t* const over_red = Line(kOverRed, y);
  if (Bayer(frame)) {
    const int next = y + 1 < mask_.height ? 2 * y + 2 : 2 * y;
    kernels_.plant_indices_bayer(Row(frame, 2 * y), Row(frame, 2 * y + 1), Row(frame, next), width,
                                 excess, over_red);
  } else {
    kernels_.plant_indices_rgb(Row(frame, y), width, excess, over_red);
  }
  for (uint8_t* line : {excess, over_red}) {  // beyond the image's sides it goes on as it ends
    line[-1] = line[0];
    line[width] = line[width - 1];
  }
  kernels_.soften_row(excess, width, Line(kExcess + kSoftened, y));
  kernels_.soften_row(over_red, width, Line(kOverRed + kSoftened, y));
}

IndexBand Detector::Band(int kind, int y) {
  const int above = std::max(y - 1, 0), below = std::min(y + 1, mask_.height - 1);
  const int softened = kind + kSoftened;
  return {Line(softened, above), Line(softened, y), Line(softened, below), Line(kind, y)};
}

void Detector::CountIndices(const FrameView& frame, int most, Histogram& excess,
                            Histogram& over_red) {
  // Four histograms: a run of equal values would wait for its own last increment.
  std::fill(counts_.begin(), counts_.end(), 0U);
  uint32_t* const counts = counts_.data();
  const int every = CountedEvery(mask_.height);
  for (int y = every / 2; y < mask_.height; y += every) {
    for (int i = std::max(y - 1, 0); i <= std::min(y + 1, mask_.height - 1); ++i) {
      PlantIndexRow(frame, i);
    }
    const uint8_t* soft[2];
    for (const int index : {0, 1}) {
      const IndexBand band = Band(index == 0 ? kExcess : kOverRed, y);
      uint8_t* const line = Line(kSoft, index);
      kernels_.soften_rows(band.above, band.here, band.below, mask_.width, line);
      soft[index] = line;
    }
    const auto count = [&](int x, int lane) {
      const uint32_t counted = soft[0][x] <= most ? 1 : 0;
      counts[256 * lane + soft[0][x]] += counted;
      counts[1024 + 256 * lane + soft[1][x]] += counted;
    };
    int x = 0;
    for (; x + 4 <= mask_.width; x += 4) {
      for (int lane = 0; lane < 4; ++lane) count(x + lane, lane);
    }
    for (; x < mask_.width; ++x) count(x, 0);
  }
  for (size_t i = 0; i < 256; ++i) {
    excess[i] = counts[i] + counts[256 + i] + counts[512 + i] + counts[768 + i];
    over_red[i] = counts[1024 + i] + counts[1280 + i] + counts[1536 + i] + counts[1792 + i];
  }
}

void Detector::FindThresholds(const FrameView& frame) {
  Histogram excess, over_red;
  CountIndices(frame, 255, excess, over_red);
  const bool filled = FilledByPlants(excess);
  const int plant_class = filled ? 255 : PlantClass(excess);
  // Many plants would widen the ground's spread: leave them out.
  if (plant_class < 255) CountIndices(frame, plant_class, excess, over_red);
  plant_ = AdaptiveThresholds(excess, over_red, plant_class, filled);
  threshold_ = plant_.excess - kExcessBias;
  over_red_threshold_ = plant_.over_red - kOverRedBias;
}

const uint64_t* Detector::PlantRow(int y, uint64_t* row) {
  const int words = Words(mask_.width), rest = mask_.width % 64;
  const IndexBand excess = Band(kExcess, y), over_red = Band(kOverRed, y);
  kernels_.pack_plants(excess, plant_.excess, over_red, plant_.over_red, words, row);
  if (rest != 0) row[words - 1] &= ~uint64_t{0} >> (64 - rest);
  uint64_t any = 0;
  for (int w = 0; w < words; ++w) any |= row[w];
  if (any == 0) return row;  // most rows of a field
  uint64_t* const by_excess = strong_.data();
  uint64_t* const strong = by_excess + words;
  kernels_.pack_plants(excess, plant_.excess_strong, over_red, plant_.over_red, words, by_excess);
  kernels_.pack_plants(excess, plant_.excess, over_red, plant_.over_red_strong, words, strong);
  for (int w = 0; w < words; ++w) strong[w] |= by_excess[w];
  return strong;
}

void Detector::Survey(const FrameView& frame) {
  threshold_ = std::clamp(options_.index_min, 0, 255);
  switch (method_) {
    case Method::kAdaptive:
      FindThresholds(frame);
      break;
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
  if (mask_.width == 0 || mask_.height == 0) return;
  Survey(frame);

  const int words = Words(mask_.width);
  const bool adaptive = method_ == Method::kAdaptive;
  if (adaptive) PlantIndexRow(frame, 0);
  components_.Begin(options_.area_min, scale);
  // Row by row through all steps, so that everything between the frame and the mask stays in the
  // nearest cache.
  for (int y = 0; y < mask_.height; ++y) {
    uint64_t* row = words_.data() + static_cast<size_t>(y) * mask_.words_per_row;
    const uint64_t* strong = nullptr;
    if (adaptive) {
      if (y + 1 < mask_.height) PlantIndexRow(frame, y + 1);
      strong = PlantRow(y, row);
    } else {
      IndexRow(frame, y);
      kernels_.pack_above(index_.data(), words, threshold_, row);
    }
    components_.AddRow(row, words, out, strong);
  }
  components_.Finish(out);
}

}  // namespace furrow::edge
