// SPDX-License-Identifier: Apache-2.0
// A conversion from a network and photographs to a folder that a bundle can be made of.
#pragma once

#include <string>

#include "base/status.h"
#include "base/time.h"
#include "convert/check.h"
#include "convert/policy.h"
#include "convert/report.h"
#include "json/value.h"

namespace furrow::convert {

struct ConvertOptions {
  std::string model, data, boom, out;
  std::string policy;     // empty: the defaults
  std::string converted;  // a file that somebody else made of the model: it is only proved
  std::string python;     // for quantising; empty: look for one
  Target target = Target::kFp32;
  edge::NetMethod method = edge::NetMethod::kHybrid;
  int area_min = 10, threads = 1;
  bool force = false;  // replace `out`
};

struct Converted {
  Figures figures;
  Verdict verdict;
  json::Value report;
};

/// Makes the result, proves it, and writes `out`: model.onnx, report.json, report.html,
/// golden/golden.json with its photographs. Durable: `out` is there whole or not at all. A gate
/// that fails is no error: the verdict says so, and everything is written. Errors name the file:
/// kAlreadyExists when `out` is there and not an empty folder, without `force`.
Result<Converted> Convert(const ConvertOptions& options, const Clock& clock,
                          const Progress& progress);

}  // namespace furrow::convert
