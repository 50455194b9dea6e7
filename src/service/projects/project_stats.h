// SPDX-License-Identifier: Apache-2.0
// What a project's card shows: counts and sums over the tasks in it and below it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/time.h"
#include "domain/task_status.h"
#include "json/value.h"
#include "store/docs/docs.h"

namespace furrow::service::projects {

/// Sums over the tasks of one state, archived or not.
struct StateStats {
  int64_t status_count[static_cast<size_t>(domain::TaskStatus::kUnknown) + 1] = {};
  int64_t total_tasks = 0;
  Micros total_runtime = 0;
  int64_t completed_tasks_24h = 0;
  Micros last_task_run = 0;  ///< 0: never
};

struct ProjectStats {
  StateStats active, archived;

  /// {active: {...}, archived: {...}}, or of one `state` alone. Times in seconds.
  json::Value ToJson(std::string_view state) const;
};

struct StatsQuery {
  std::vector<std::string> projects;
  bool with_children = true;
  docs::Predicate tasks;  ///< only these
  Micros now = 0;
};

/// By project. One pass over columns, however many projects are asked for.
Result<std::map<std::string, ProjectStats>> ComputeStats(const docs::Store& docs,
                                                         const StatsQuery& query);

}  // namespace furrow::service::projects
