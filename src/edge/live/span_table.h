// SPDX-License-Identifier: Apache-2.0
// How long stages took, as a table that a simulation draws from: docs/edge/run.md describes it.
#pragma once

#include <string>

#include "edge/live/health.h"

namespace furrow::edge {

/// Comma-separated text: a row for each quantile, from the least span (0) to the greatest (1), a
/// column for each stage, in seconds, of all cameras together; a line of comment says what was
/// counted. Quantiles are exact to an eighth (SpanHistogram), never beyond least and greatest.
std::string SpanTable(const Health& health);

}  // namespace furrow::edge
