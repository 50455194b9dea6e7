// SPDX-License-Identifier: Apache-2.0
// Everything that is measured of a conversion. docs/convert.md defines each figure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "convert/statistics.h"

namespace furrow::convert {

/// What one frame adds. Kept frame by frame, because intervals come from drawing frames anew.
struct FrameTally {
  size_t frame = 0, slice = 0;
  bool has_truth = false;
  Confusion source_result{};  // pixels of each class by source, by result
  Confusion truth_source{}, truth_result{};
  uint64_t cells = 0, open_source = 0, open_result = 0, flips = 0;
  uint64_t weeds = 0, missed_source = 0, missed_result = 0;
  uint64_t wasted_source = 0, wasted_result = 0;  // cells
};

/// Sums of tallies, and what follows from them.
struct Decisions {
  FrameTally sum;
  uint64_t frames = 0, frames_with_truth = 0;
  std::array<double, 3> iou_source{};        // of each class, result against source; NAN: absent
  std::array<double, 3> iou_truth_source{};  // of each class, source against truth
  std::array<double, 3> iou_truth_result{};
  Interval flips;          // share of all cells
  Interval flips_of_open;  // share of the cells that either of both opens
  Interval missed_more;    // share of the weeds that result misses and source does not, net
  Interval wasted_more;    // share of the cells that result opens in vain, net
};

struct OutputFigures {
  std::string name;
  bool comparable = false;
  std::string why_not;
  uint64_t values = 0, not_finite = 0, source_not_finite = 0;
  double source_rms = 0;
  double largest = 0, mean = 0, p99 = 0;  // errors, in units of source_rms
  double cosine = 0;
};

/// A made-up frame: how the result bears it.
struct StressFigures {
  std::string name;  // black, white, noise
  uint64_t not_finite = 0;
  double error_p99 = 0;  // as in OutputFigures; 0 where not comparable
};

struct Latency {
  uint64_t runs = 0;
  double p50_ms = 0, p99_ms = 0, p999_ms = 0, largest_ms = 0;  // by the clock
  // Processor time for each thread: what other work on the machine does not lengthen.
  double busy_p50_ms = 0, busy_p99_ms = 0;
  std::vector<double> curve_ms;  // the quantiles 0, 0.05, … 1
};

struct Budget {
  double speed_mps = 0;
  double deadline_ms = 0;  // from distance and delays
  double period_ms = 0;    // between a camera's frames, for each thread
  double frame_ms = 0;     // the smaller one
};

struct ModelFigures {
  std::string file, sha256;
  uint64_t bytes = 0;
  double memory_mb = 0;  // resident memory that loading it and judging one frame takes
  Latency latency;
};

struct Figures {
  std::vector<std::string> slices;
  ModelFigures source, result;
  OutputFigures output;
  std::vector<std::string> preprocessing_changes;
  Decisions all;
  std::vector<Decisions> by_slice;
  std::vector<StressFigures> stress;
  uint64_t repeated = 0, differ_again = 0, differ_reloaded = 0;  // frames
  Budget budget;
  std::vector<FrameTally> tallies;
};

}  // namespace furrow::convert
