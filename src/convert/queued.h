// SPDX-License-Identifier: Apache-2.0
// A conversion sent away: a task that any machine of the target's kind runs by its agent.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "client/session.h"
#include "convert/convert.h"

namespace furrow::convert {

/// 32 hexadecimal digits, as the platform's ids are.
bool IsId(const std::string& text);

struct Queued {
  std::string task;  // its id
  std::string page;  // where people see it; empty when the server's web address is not known
};

/// Makes a task of type `qc` in `project` and puts it into `queue`, which is made when there is
/// none. `options.model` is a model's id, a URL that the agent can read, or a file here, which goes
/// to the file server; `options.data` is the id of a data set. The boom and the policy travel as
/// configuration. Errors: kInvalidArgument for what cannot travel (a folder of photographs, a
/// result made elsewhere), with what to do; those of the files, naming them; the server's.
Result<Queued> Enqueue(client::Session& session, const ConvertOptions& options,
                       const std::string& project, const std::string& queue);

enum class QueuedEnd { kPassed, kGateFailed, kFailed };
struct QueuedOutcome {
  QueuedEnd end = QueuedEnd::kFailed;
  std::string reason;
};

/// Waits until the task has ended; `tell` gets its status each time it was asked for. Errors: the
/// server's; kNotFound when somebody deleted it.
Result<QueuedOutcome> WaitForQueued(client::Session& session, const std::string& task,
                                    const std::function<void(const std::string& status)>& tell);

}  // namespace furrow::convert
