// SPDX-License-Identifier: Apache-2.0
// The as-applied table as text for other programs. docs/edge/as-applied.md has the columns.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "edge/record/as_applied.h"
#include "edge/record/patches.h"

namespace furrow::edge {

/// A line per piece, in the table's order; the first line names the columns.
std::string AsAppliedCsv(const AsApplied& table);

/// A FeatureCollection (RFC 7946) with a polygon per patch.
std::string AsAppliedGeoJson(const std::vector<Patch>& patches, const Origin& origin);

struct TaskDataOptions {
  Origin origin;
  std::string name = "spraying";  // of the task
  Micros zero = 0;                // the wall clock at log time 0
  Microns section = 10 * kMetre;  // a time element per so much way
};

/// TASKDATA.XML of ISO 11783-10, version 4: one finished task whose time elements carry totals. An
/// error when there is nothing to tell.
Result<std::string> AsAppliedTaskData(const AsApplied& table, const TaskDataOptions& options);

}  // namespace furrow::edge
