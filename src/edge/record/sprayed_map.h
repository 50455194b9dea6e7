// SPDX-License-Identifier: Apache-2.0
// The as-applied map as a picture.
#pragma once

#include <vector>

#include "base/status.h"
#include "edge/image/image.h"
#include "edge/record/as_applied.h"
#include "edge/record/patches.h"
#include "edge/record/sprayed_page.h"

namespace furrow::edge {

/// The whole drive, x to the right and y upwards, its longer side `side` pixels (16 to
/// kImageSideMax): the ground passed, what was sprayed, missed weeds as rings. A patch is never
/// smaller than a pixel. WritePng() makes a file of it. kInvalidArgument for another side,
/// kNotFound when the table has no path.
Result<Image> SprayedMap(const AsApplied& table, const std::vector<Patch>& patches,
                         const std::vector<MissedWeed>& missed, int side);

}  // namespace furrow::edge
