// SPDX-License-Identifier: Apache-2.0
#include "convert/judge_frame.h"

#include <algorithm>
#include <utility>

#include "edge/detect/class_rows.h"
#include "edge/detect/components.h"

namespace furrow::convert {
namespace {

size_t ClassOf(uint8_t pixel) {
  if (pixel == edge::kNoPlant) return 0;
  return pixel == edge::kWeedPixel ? 2 : 1;
}

size_t At(const Judgement& j, int x, int y) {
  return ClassOf(
      j.classes[static_cast<size_t>(y) * static_cast<size_t>(j.width) + static_cast<size_t>(x)]);
}

/// Patches of weed in a mask.
std::vector<edge::Detection> WeedsOf(const edge::Image& mask, int area_min) {
  std::vector<edge::Detection> found;
  edge::Components components(mask.width);
  components.Begin(area_min, 1);
  std::vector<uint64_t> words((static_cast<size_t>(mask.width) + 63) / 64);
  for (int y = 0; y < mask.height; ++y) {
    std::ranges::fill(words, 0);
    const uint8_t* row = mask.row(y);
    for (int x = 0; x < mask.width; ++x) {
      if (row[x] == edge::kWeedPixel) words[static_cast<size_t>(x) / 64] |= uint64_t{1} << (x % 64);
    }
    components.AddRow(words.data(), static_cast<int>(words.size()), found);
  }
  components.Finish(found);
  return found;
}

}  // namespace

FrameTallier::FrameTallier(edge::NozzleCells cells, int area_min)
    : cells_(std::move(cells)), area_min_(area_min), cell_of_(cells_.CellOfPixels(1)) {}

FrameTally FrameTallier::Count(const Judgement& source, const Judgement& result,
                               const edge::Image& mask) {
  FrameTally tally;
  const int width = std::min(source.width, result.width);
  const int height = std::min(source.height, result.height);
  tally.has_truth = !mask.pixels.empty();
  for (int y = 0; y < height; ++y) {
    const uint8_t* truth =
        tally.has_truth ? mask.row(std::min(y * source.scale, mask.height - 1)) : nullptr;
    for (int x = 0; x < width; ++x) {
      const size_t a = At(source, x, y), b = At(result, x, y);
      ++tally.source_result[a][b];
      if (truth == nullptr) continue;
      const size_t t = ClassOf(truth[x * source.scale]);
      ++tally.truth_source[t][a];
      ++tally.truth_result[t][b];
    }
  }
  cells_.Decide(source.found, open_source_);
  cells_.Decide(result.found, open_result_);
  tally.cells = cells_.count();
  for (size_t i = 0; i < open_source_.size(); ++i) {
    tally.open_source += open_source_[i];
    tally.open_result += open_result_[i];
    tally.flips += open_source_[i] != open_result_[i] ? 1 : 0;
  }
  if (tally.has_truth) CountWeeds(mask, tally);
  return tally;
}

void FrameTallier::CountWeeds(const edge::Image& mask, FrameTally& tally) {
  weedy_.assign(cells_.count(), 0);
  const auto cell_at = [&](int x, int y) {
    return cell_of_[static_cast<size_t>(y) * static_cast<size_t>(mask.width) +
                    static_cast<size_t>(x)];
  };
  for (const edge::Detection& weed : WeedsOf(mask, area_min_)) {
    // Of the box's weed pixels. Those of another weed in the same box are few.
    uint64_t pixels = 0, by_source = 0, by_result = 0;
    for (int y = weed.top; y < weed.bottom; ++y) {
      const uint8_t* row = mask.row(y);
      for (int x = weed.left; x < weed.right; ++x) {
        const int32_t cell = row[x] == edge::kWeedPixel ? cell_at(x, y) : -1;
        if (cell < 0) continue;
        ++pixels;
        by_source += open_source_[static_cast<size_t>(cell)];
        by_result += open_result_[static_cast<size_t>(cell)];
      }
    }
    if (2 * pixels < static_cast<uint64_t>(weed.area)) continue;  // mostly outside the cells
    ++tally.weeds;
    tally.missed_source += 2 * by_source < pixels ? 1 : 0;
    tally.missed_result += 2 * by_result < pixels ? 1 : 0;
  }
  for (int y = 0; y < mask.height; ++y) {
    const uint8_t* row = mask.row(y);
    for (int x = 0; x < mask.width; ++x) {
      if (row[x] != edge::kWeedPixel) continue;
      if (const int32_t cell = cell_at(x, y); cell >= 0) weedy_[static_cast<size_t>(cell)] = 1;
    }
  }
  for (size_t i = 0; i < weedy_.size(); ++i) {
    if (weedy_[i] != 0) continue;
    tally.wasted_source += open_source_[i];
    tally.wasted_result += open_result_[i];
  }
}

}  // namespace furrow::convert
