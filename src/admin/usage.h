// SPDX-License-Identifier: Apache-2.0
// Who takes the space: bytes per project and run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "admin/snapshot.h"
#include "base/status.h"

namespace furrow::admin {

/// Of events: keys and values before the engine packs them. Of files: as they lie on the disk.
struct Space {
  uint64_t points = 0, point_bytes = 0;
  uint64_t lines = 0, line_bytes = 0;
  uint64_t plots = 0, plot_bytes = 0;
  uint64_t files = 0, file_bytes = 0;
  uint64_t bytes() const { return point_bytes + line_bytes + plot_bytes + file_bytes; }
  void Add(const Space& other);
};

struct RunSpace {
  std::string id, name, project;
  bool model = false;
  Space space;
};
struct ProjectSpace {
  std::string name;
  uint64_t runs = 0;
  Space space;
};

/// The largest first. What belongs to nobody has no name.
struct Usage {
  std::vector<ProjectSpace> projects;
  std::vector<RunSpace> runs;
  Space total;
  uint64_t store_bytes = 0;    ///< of the store's tables, packed
  uint64_t deleted_bytes = 0;  ///< of deleted events, waiting to be cleaned away
};

/// Errors: the store does not open.
Result<Usage> MeasureUsage(Snapshot& snapshot);

}  // namespace furrow::admin
