// SPDX-License-Identifier: Apache-2.0
// A conversion as a task: its figures are scalars and plots, its files artifacts.
#pragma once

#include <string>

#include "base/status.h"
#include "client/session.h"
#include "convert/convert.h"

namespace furrow::convert {

struct TaskTarget {
  std::string task;     // an id: figures are added to it
  std::string project;  // or a name: a task of type `qc` is made there
};

std::string TaskName(const ConvertOptions& options);

/// The id of a project, which is made when there is none of that name. Errors: the server's.
Result<std::string> FindProject(client::Session& session, const std::string& name);

/// Before minutes of work: whether figures could be reported there. Errors: the server's; kNotFound
/// when there is no such task, kFailedPrecondition when it is not running.
Status CheckTask(client::Session& session, const TaskTarget& target);

/// Reports what Convert gave and wrote to `out`; the id of the task. One that is made here ends
/// completed, or failed with the gates that failed as its reason; one that was given keeps its
/// status. Repeating it replaces what it reported. Errors: the server's.
Result<std::string> ReportToTask(client::Session& session, const TaskTarget& target,
                                 const ConvertOptions& options, const Converted& done);

}  // namespace furrow::convert
