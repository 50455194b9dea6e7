// SPDX-License-Identifier: Apache-2.0
// A network's bare scores, before anything is decided by them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "convert/statistics.h"
#include "edge/detect/net_detector.h"
#include "edge/detect/segmentation.h"
#include "edge/image/frame.h"

namespace furrow::convert {

/// Shows a network frames of one size, tile by tile. One thread.
class ScoreReader {
 public:
  /// With a `scorer` the model says only how it is shown a frame. Errors: as NetDetector::Make.
  static Result<ScoreReader> Make(const edge::SegmentationModel& model, int width, int height,
                                  edge::PixelFormat format, const edge::Scorer& scorer = {});
  ScoreReader(ScoreReader&&) noexcept;
  ~ScoreReader();

  /// The scores of all tiles, one after the other, each background, crop and weed plane by plane.
  /// Valid until the next call. Errors: those of the network.
  Result<std::vector<float>*> Read(const edge::FrameView& frame);

  /// What two readers have to agree in for their scores to be comparable: tiles, and scores a tile.
  std::string layout() const;
  size_t plane() const;  // scores of one class in a tile
  /// The input of the tile at a place, as it was last filled; for calibration.
  size_t tiles() const;
  const std::vector<float>& FillTile(const edge::FrameView& frame, size_t tile);
  std::vector<int64_t> input_shape() const;

 private:
  struct State;
  explicit ScoreReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// How far scores lie from others. Only what decides is compared: each score against the mean of
/// its pixel's three.
class ScoreErrors {
 public:
  /// Both as ScoreReader gives them, with planes of `plane` scores.
  void Add(const std::vector<float>& source, const std::vector<float>& result, size_t plane);

  uint64_t values() const { return values_; }
  uint64_t not_finite() const { return not_finite_; }  // of the result
  uint64_t source_not_finite() const { return source_not_finite_; }
  double source_rms() const;
  double largest() const { return errors_.largest(); }
  double mean() const;
  double p99() const { return errors_.Quantile(0.99); }
  /// 1 for scores that differ by a factor alone; 0 where one of them is all zero.
  double cosine() const;

 private:
  LogHistogram errors_;
  uint64_t values_ = 0, not_finite_ = 0, source_not_finite_ = 0;
  double source_square_ = 0, result_square_ = 0, product_ = 0;
};

/// A hash of the very bits. Source: FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/.
uint64_t BitsOf(const std::vector<float>& scores);

}  // namespace furrow::convert
