// SPDX-License-Identifier: Apache-2.0
// From a frame to boxes: a vegetation index, a threshold, connected patches. docs/edge/detect.md
// has the formulas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "edge/detect/components.h"
#include "edge/detect/detection.h"
#include "edge/detect/indices.h"
#include "edge/detect/kernels.h"
#include "edge/detect/threshold.h"
#include "edge/image/frame.h"

namespace furrow::edge {

/// The names are OpenWeedLocator's; kAdaptive is ours.
enum class Method : uint8_t { kExg, kExgr, kMaxg, kNexg, kExhsv, kHsv, kGndvi, kAdaptive };

/// "exg" and so on. Error: kInvalidArgument, listing the names.
Result<Method> ParseMethod(std::string_view name);
std::string_view MethodName(Method method);

/// OpenWeedLocator's defaults where it has them.
struct DetectorOptions {
  int index_min = 30;  // its exg_min: plant is an index above it. Not for kHsv and kAdaptive
  HsvRange hsv;        // kHsv and kExhsv
  int area_min = 1;    // pixels of the frame; smaller patches are left out
  const Kernels* kernels = nullptr;  // nullptr: the quickest. All give the same
};

/// Which pixels of a frame are plant. Valid until the next Detect of its detector.
struct MaskView {
  const uint64_t* words = nullptr;  // bit x % 64 of word x / 64; zero beyond the width
  int width = 0, height = 0;        // in the mask's own pixels
  size_t words_per_row = 0;
  int scale = 1;  // a pixel of the mask is a square of this many pixels of the frame

  const uint64_t* row(int y) const { return words + static_cast<size_t>(y) * words_per_row; }
  bool At(int x, int y) const { return (row(y)[x / 64] >> (x % 64) & 1) != 0; }
  /// How many pixels of the mask are plant.
  int64_t Count() const;
};

/// A pure function of one frame with its memory. Frames of a Bayer sensor are seen at half
/// resolution, a quad of the sensor as one pixel; an odd last row or column is not seen.
///
/// Detect allocates nothing but what `out` needs to grow. A detector is for one thread at a time;
/// different ones are independent.
class Detector {
 public:
  /// For frames of up to that size.
  Detector(Method method, DetectorOptions options, int width_max, int height_max);
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  /// Replaces what `out` holds by the frame's patches, in full-frame pixels, those that end higher
  /// up first. The result depends on the frame alone, not on the processor. A frame larger than the
  /// detector was made for is the caller's mistake: it has no patches and an empty mask.
  void Detect(const FrameView& frame, std::vector<Detection>& out);

  /// The mask of the last frame, patches included that are too small or too weak to be in `out`.
  MaskView last_mask() const { return mask_; }

  /// The index that had to be exceeded in the last frame; for kAdaptive excess green, 2g - r - b.
  int last_threshold() const { return threshold_; }
  /// For kAdaptive, what green over red, 2g - 2r, had to exceed besides; else 0.
  int last_over_red_threshold() const { return over_red_threshold_; }

 private:
  /// What must be known of the whole frame before its first row can be judged.
  void Survey(const FrameView& frame);
  const uint8_t* RgbRow(const FrameView& frame, int y);
  /// The index of a row in index_, followed by zeros up to a whole word.
  void IndexRow(const FrameView& frame, int y);
  void ExcessGreenRow(const FrameView& frame, int y);

  // Of kAdaptive: rows of both indices are kept three at a time, as they are and softened along.
  uint8_t* Line(int kind, int y);
  void PlantIndexRow(const FrameView& frame, int y);
  /// An index around a row, whose two neighbours were made before.
  IndexBand Band(int kind, int y);
  /// Counts both indices over the pixels whose excess green is at most `most`.
  void CountIndices(const FrameView& frame, int most, Histogram& excess, Histogram& over_red);
  void FindThresholds(const FrameView& frame);
  /// Makes a row of the mask; returns which of its pixels let a patch count.
  const uint64_t* PlantRow(int y, uint64_t* row);

  const Method method_;
  const DetectorOptions options_;
  const Kernels& kernels_;
  const int width_max_, height_max_;
  std::vector<uint8_t> index_, rgb_;
  std::vector<uint64_t> words_;
  std::vector<uint32_t> counts_;  // four histograms side by side, of each of two indices
  std::vector<uint8_t> lines_;
  std::vector<uint64_t> strong_;
  Components components_;
  MaskView mask_;
  PlantThresholds plant_;
  int threshold_ = 0, over_red_threshold_ = 0;
  int maxg_most_ = 0;
  GndviRange gndvi_;
};

}  // namespace furrow::edge
