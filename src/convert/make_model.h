// SPDX-License-Identifier: Apache-2.0
// Makes of a network what its target runs. docs/convert.md says how each is made.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "convert/check.h"
#include "convert/policy.h"

namespace furrow::convert {

struct MakeOptions {
  std::string source;   // a sealed file
  std::string result;   // a path that is free
  std::string scratch;  // a folder for what is needed on the way
  std::string python;   // of the interpreter that quantises; empty: look for one
  int calibration_frames = 24;
};

/// A result, and how to run one that ONNX Runtime does not.
struct Made {
  std::string how;  // for people
  edge::Scorer scorer;
  std::function<Result<std::vector<double>>(int runs)> times;
};

/// Writes `result`: sealed, with the source's entry furrow.segmentation, unless it is an engine.
/// `options.scratch` has to stay while an engine is run. Errors name the file or the missing
/// program, and what to install.
Result<Made> MakeModel(Target target, const MakeOptions& options, const edge::Boom& boom,
                       const FrameSet& frames, const Progress& progress);

/// ONNX Runtime's graph optimisation.
Result<std::string> MakeFp32(const MakeOptions& options);
/// Static quantisation to 8 bits, by onnxruntime.quantization in a Python of its own.
Result<std::string> MakeInt8(const MakeOptions& options, const edge::Boom& boom,
                             const FrameSet& frames, const Progress& progress);
/// An engine for this very graphics processor, by TensorRT's trtexec, which also runs it. For
/// frames of one size.
Result<Made> MakeTensorRt(const MakeOptions& options, const edge::Boom& boom,
                          const FrameSet& frames);

/// The file without its seal. Errors: those of CheckSeal, naming it.
Result<std::string> ReadSealed(const std::string& path);

}  // namespace furrow::convert
