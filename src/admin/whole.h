// SPDX-License-Identifier: Apache-2.0
// Half a restore is never taken for a whole one: while one is under way its directory carries a
// mark, and nothing opens a directory that does.
#pragma once

#include <string>

#include "base/status.h"

namespace furrow::admin {

inline constexpr char kRestoreMark[] = "restore-incomplete";

/// kFailedPrecondition when a restore into `dir` did not come to its end.
Status CheckWhole(const std::string& dir);

}  // namespace furrow::admin
