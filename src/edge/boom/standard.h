// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "edge/boom/boom.h"

namespace furrow::edge {

/// A boom of `sections` of 3 m each, 12 of which make 36 m: a section has 12 nozzles at 0.25 m and
/// a camera of 1920x1200 that looks straight down on 3.1 m by 1.94 m, 0.53 m to 2.47 m ahead of the
/// nozzles, at 9.6 frames a second: three looks at each place at 6 m/s. What simulations and
/// demonstrations use when no boom is named.
Boom StandardBoom(int sections = 12);

/// A boom of `sections` of 1 m each, with finer eyes: a section has 4 nozzles at 0.25 m and a
/// camera of 1456x1088 that looks straight down on 1 m by 0.75 m, 0.63 m to 1.37 m ahead of the
/// nozzles, at 24 frames a second: three looks at each place at 6 m/s.
Boom CloseBoom(int sections = 36);

}  // namespace furrow::edge
