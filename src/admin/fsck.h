// SPDX-License-Identifier: Apache-2.0
// Reads everything a data directory holds and compares it with its checksums.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "admin/snapshot.h"
#include "base/status.h"

namespace furrow::admin {

struct Finding {
  std::string kind;     ///< "table", "document", "events", "file", "secrets", "store"
  std::string project;  ///< names, where they are known
  std::string subject;  ///< `task "resnet" (id)`, a path, a range
  std::string metric;   ///< "loss/train"
  std::string detail;   ///< what is wrong with it
};

struct FsckReport {
  std::vector<Finding> findings;
  uint64_t tables = 0, table_bytes = 0, tables_bad = 0;
  uint64_t documents = 0, documents_bad = 0;
  uint64_t points = 0, lines = 0, rich = 0, blocks = 0, chunks = 0, requests = 0, events_bad = 0;
  uint64_t files = 0, file_bytes = 0, files_bad = 0;
  bool good() const { return findings.empty(); }
};

/// Never changes anything. What is damaged hides as little of the rest as can be.
FsckReport Fsck(Snapshot& snapshot);

}  // namespace furrow::admin
