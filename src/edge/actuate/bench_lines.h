// SPDX-License-Identifier: Apache-2.0
// Valves of a test bench: outputs that are a file. Whoever maps it sees, from outside and after any
// process has been stopped or killed, which valves were driven open and when.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/actuate/valve_lines.h"

namespace furrow::edge {

/// A line was driven to another level.
struct BenchEvent {
  Nanos at = 0;  // monotonic clock
  int nozzle = 0;
  bool open = false;

  bool operator==(const BenchEvent&) const = default;
};

/// What a bench's file says.
struct Bench {
  int nozzles = 0;
  ValveSet open;
  uint64_t events = 0;             // ever
  std::vector<BenchEvent> latest;  // the last 65,536 of them, oldest first
};

/// Writes the file at `path` anew when opened (docs/edge/wire.md has its layout); an empty path is
/// memory that nobody else sees.
std::unique_ptr<ValveLines> MakeBenchLines(std::string path, size_t nozzles);

/// What the file says now, also while it is being written. Errors: kNotFound, kIoError,
/// kInvalidArgument when it is no such file.
Result<Bench> ReadBench(const std::string& path);

}  // namespace furrow::edge
