// SPDX-License-Identifier: Apache-2.0
// A conversion's report, for programs and for people. docs/convert.md lists the members.
#pragma once

#include <string>
#include <vector>

#include "convert/figures.h"
#include "convert/golden_frames.h"
#include "convert/policy.h"
#include "json/value.h"

namespace furrow::convert {

/// What is known of a conversion beside its figures.
struct About {
  std::string created_at;  // RFC 3339
  Target target = Target::kFp32;
  std::string method;  // net, hybrid
  int area_min_px = 0;
  std::string boom_file, boom_name, boom_sha256;
  std::string data_folder;
  std::string policy_file;  // empty: the defaults
  std::string runtime;      // "ONNX Runtime 1.30.0"
  std::string machine;      // processor and system
  std::string how;          // how the result was made
  std::vector<std::string> notes;
};

json::Value ReportJson(const About& about, const Figures& figures, const Policy& policy,
                       const Verdict& verdict, const GoldenMade& golden);

/// One page without a request to anywhere, light and dark.
std::string ReportPage(const About& about, const Figures& figures, const Verdict& verdict,
                       const FrameSet& set);

/// The gates as lines for a terminal.
std::string VerdictText(const Verdict& verdict);

/// "passed", or the gates that failed: "failed: cosine_min, cell_flips_max".
std::string VerdictLine(const Verdict& verdict);

}  // namespace furrow::convert
