// SPDX-License-Identifier: Apache-2.0
// What a conversion must hold to: limits on its figures, from a TOML file or the defaults of
// docs/convert.md.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "convert/figures.h"

namespace furrow::convert {

enum class Target { kFp32, kInt8, kTensorRt };

/// "onnxruntime-fp32", "onnxruntime-int8", "tensorrt".
const char* TargetName(Target target);
/// Errors: kInvalidArgument, naming those that there are.
Result<Target> TargetNamed(std::string_view name);

/// One limit. `limit` NAN: the figure is reported and nothing more.
struct Gate {
  std::string name;
  double limit = std::numeric_limits<double>::quiet_NaN();
};

struct Policy {
  // Of the check.
  int frames_max = 64;     // photographs, taken evenly from all
  int latency_runs = 200;  // at least
  int repeats = 4;         // frames judged again, and again after loading anew
  int golden_frames = 4;
  // Of the budget.
  double speed_mps = 6, other_ms = 25;
  int cameras_per_thread = 1;
  std::vector<Gate> gates;  // of every gate there is, in the order of the report
};

/// The defaults for a target.
Policy DefaultPolicy(Target target);

/// A policy file over the defaults. Errors name path, line and column; what is not known is one.
Result<Policy> ParsePolicy(std::string_view text, const std::string& path, Target target);

/// How a gate came out.
struct GateOutcome {
  std::string name;
  double figure = 0;      // NAN: it could not be measured
  double limit = 0;       // NAN: no limit
  bool at_least = false;  // the limit is the least that is good, otherwise the most
  bool passed = false;
  std::string says;  // what the figure is, for people
};

struct Verdict {
  bool passed = false;
  std::vector<GateOutcome> gates;
};

/// A figure that could not be measured passes a gate only if it is about the truth and there is
/// none: everything else that was not measured was not proved.
Verdict Judge(const Figures& figures, const Policy& policy);

}  // namespace furrow::convert
