// SPDX-License-Identifier: Apache-2.0
// Reads the write-ahead logs before they are replayed, because a reader that meets damage cannot
// tell by itself a tail that a power cut tore (nobody was told of it: drop it) from answered writes
// that rotted (say so, and touch nothing).
//
// Two facts tell them apart. A log is synced before the next one is begun, so only the last log
// that holds anything may be torn. And the durable mark says how far answers went, and in which
// log: in one begun since then nothing was answered, even if all before it went to tables.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "store/kv/durable_mark.h"

namespace furrow::store {

struct LogEnd {
  uint64_t last = 0;  ///< the newest sequence that can be read with all before it; 0: no record
  bool cut = false;   ///< what comes after `last` is torn and has to be dropped
  std::string where;  ///< of the cut, for people
};

/// Looks at the logs in `dir` from number `first_log` on. Errors: kCorruption when something that
/// was answered cannot be read, kIoError.
Result<LogEnd> CheckLogs(const std::string& dir, uint64_t first_log, const Answered& answered);

/// The number of the newest log in `dir`; 0 without one.
uint64_t NewestLog(const std::string& dir);

}  // namespace furrow::store
