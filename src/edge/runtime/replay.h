// SPDX-License-Identifier: Apache-2.0
// Makes the decisions of a log again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "edge/detect/detector.h"
#include "edge/record/record.h"
#include "edge/runtime/sprayer.h"

namespace furrow::edge {

struct ReplayOptions {
  /// Detect anew in the frames that the log holds, instead of taking what was detected then.
  std::optional<Method> method;
  DetectorOptions detector;
  int threads = 1;  // that detect; the result does not depend on it
};

struct ReplayReport {
  std::string boom;
  uint64_t ticks = 0, poses = 0, frames = 0, detections = 0;
  uint64_t frames_detected = 0;     // anew
  double seconds = 0;               // from the first tick to the last
  CommandHash commands;             // given now
  CommandHash recorded;             // given then
  std::optional<Nanos> differs;     // when the first command that is not the recorded one was given
  std::vector<ModelRecord> models;  // in order: who judged from when
  uint64_t lost = 0;                // records that the recording had to drop
  bool closed = false;              // the recording was ended, not cut off
  Status damage;  // where the log cannot be read any more; what comes behind is not in here
  SprayerCounters sprayer;
  ScheduleCounters schedule;

  bool same() const { return commands == recorded; }
};

/// Feeds the log at `path` (a folder or a segment) into a new Sprayer, up to its end or its first
/// damage: behind a gap that nobody knows the length of no decision can be made again. Errors:
/// those of LogReader with file and offset, damage only before the first tick; kInvalidArgument
/// when the log names no boom or a camera that it lacks.
Result<ReplayReport> Replay(const std::string& path, const ReplayOptions& options);

}  // namespace furrow::edge
