// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "edge/boom/boom.h"

namespace furrow::edge {

/// A 36 m boom: 144 nozzles at 0.25 m; 12 cameras of 1920x1200 that look straight down on 3.1 m by
/// 1.94 m each, 0.53 m to 2.47 m ahead of the nozzles, at 9.6 frames a second: three looks at each
/// place at 6 m/s. What simulations and demonstrations use when no boom is named.
Boom StandardBoom();

}  // namespace furrow::edge
