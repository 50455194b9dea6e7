// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/status.h"

namespace furrow::bitflip {

/// Everything that the stores of the data directory `dir` answer, as one text. `opened` turns true
/// once they are open. Errors: of opening, or of the first read that fails.
Result<std::string> ReadEverything(const std::string& dir, bool& opened);

}  // namespace furrow::bitflip
