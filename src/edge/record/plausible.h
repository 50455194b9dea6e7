// SPDX-License-Identifier: Apache-2.0
// What a record of a log may say. A checksum only tells that it was written so.
#pragma once

#include "edge/record/record.h"

namespace furrow::edge {

/// Whether every number lies where machines are, so that sums and products of them are within 64
/// bits: docs/formats/edge-log.md has the bounds.
bool Plausible(const Record& record);

}  // namespace furrow::edge
