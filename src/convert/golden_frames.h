// SPDX-License-Identifier: Apache-2.0
// Chooses the photographs whose decisions a model has to repeat on the tractor.
#pragma once

#include <string>

#include "base/status.h"
#include "convert/check.h"
#include "convert/figures.h"
#include "convert/frames.h"

namespace furrow::convert {

struct GoldenMade {
  int frames = 0, cells = 0, open = 0;
  int differ = 0;  // cells that the model decided otherwise when asked again
};

/// Writes golden.json and its photographs into `folder`, which is there: of the camera that took
/// most, the frame where the result opens most cells, the one where it opens fewest, one in
/// between, and the one where it flipped most; more, evenly, up to the policy's number. Then it has
/// the result repeat them. Errors name the file.
Result<GoldenMade> MakeGolden(const CheckOptions& options, const edge::Boom& boom,
                              const FrameSet& set, const Figures& figures, const Policy& policy,
                              const std::string& folder);

}  // namespace furrow::convert
