// SPDX-License-Identifier: Apache-2.0
// A recorded run of steps: each change of the disk, and what the client knew at that moment.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "system/faults/faults.h"
#include "system/powercut/expected.h"

namespace furrow::powercut {

struct Trace {
  std::vector<Step> steps;
  std::vector<faults::Event> events;
};

/// Runs `count` steps on the stores in `dir`, closed and opened again half way. Some steps are done
/// while the sync of the one before is under way, which does not cover them.
Trace RecordTrace(const std::string& dir, int count, uint64_t seed);

/// A record in a file: `steps` are made anew from what made them.
void Save(const Trace& trace, int count, uint64_t seed, const std::string& path);
Trace Load(const std::string& path);

/// What a client knows when the first `event` events have happened.
struct Knowledge {
  size_t begun = 0;        ///< steps asked for
  size_t answered = 0;     ///< steps of documents and runs, all before it included, answered
  bool file_open = false;  ///< the step `begun - 1` is one of files and has no answer yet
};
/// One per event, and one for the end.
std::vector<Knowledge> Follow(const Trace& trace);

}  // namespace furrow::powercut
