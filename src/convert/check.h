// SPDX-License-Identifier: Apache-2.0
// Runs a source and what was made of it on the same photographs, and measures in what they differ.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "convert/figures.h"
#include "convert/frames.h"
#include "convert/policy.h"
#include "edge/boom/boom.h"
#include "edge/detect/net_detector.h"

namespace furrow::convert {

struct CheckOptions {
  std::string source, result;  // files
  edge::NetMethod method = edge::NetMethod::kHybrid;
  int area_min = 10;  // pixels
  int threads = 1;    // of ONNX Runtime
  /// Of a result that ONNX Runtime does not run: what gives its scores, and the times of so many
  /// runs in milliseconds. `result` is then known by its bytes alone.
  edge::Scorer scorer;
  std::function<Result<std::vector<double>>(int runs)> times;
};

/// `done` of `all` steps of what.
using Progress = std::function<void(const char* what, size_t done, size_t all)>;

/// Errors name the file: those of LoadSegmentation, ReadFrame and NetDetector; kInvalidArgument
/// when a camera sees no nozzle cell. That both differ is no error but a figure.
Result<Figures> Check(const CheckOptions& options, const edge::Boom& boom, const FrameSet& frames,
                      const Policy& policy, const Progress& progress);

/// What a frame may take, of the camera of the boom for which it is least.
Budget BudgetOf(const edge::Boom& boom, const Policy& policy);

}  // namespace furrow::convert
