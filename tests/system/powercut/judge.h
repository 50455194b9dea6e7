// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "system/powercut/trace.h"

namespace furrow::powercut {

/// Opens the stores as they lie in `dir` after a cut and compares them with what has to be there.
/// `answered` holds all answered steps, and those of files before `knows.begun` but one that is
/// open. Says what is wrong; empty when nothing is. `opening_s`: how long they took to open.
std::string Judge(const std::string& dir, const Trace& trace, const Knowledge& knows,
                  const Expected& answered, double& opening_s);

}  // namespace furrow::powercut
