// SPDX-License-Identifier: Apache-2.0
// All that decides: poses and detections in, valve commands out. What it was given, in which order,
// and the times of its ticks are all that its commands depend on: the same inputs give the same
// hash, live, in a simulation or from a log.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/boom/projection.h"
#include "edge/detect/detection.h"
#include "edge/pose/pose.h"
#include "edge/schedule/schedule.h"
#include "edge/track/tracker.h"

namespace furrow::edge {

/// What detection says of one frame.
struct SeenFrame {
  int camera = 0;
  uint64_t sequence = 0;
  Nanos captured = 0;  // mid-exposure
  std::span<const Detection> detections;
};

struct SprayerOptions {
  TrackerOptions tracker;
  size_t windows_max = 64;  // of one nozzle
  /// Without a pose the last speed is held so long; then everything closes until one comes.
  Nanos hold_max = kSecond;
};

struct SprayerCounters {
  uint64_t frames = 0;
  uint64_t frames_without_pose = 0;  // older or newer than what is known of the movement
  uint64_t detections = 0;
  uint64_t off_ground = 0;     // detections whose box does not lie on the ground ahead
  uint64_t poses_refused = 0;  // not later than the one before
  uint64_t ticks_blind = 0;    // without a pose that may be held
};

/// One thread. After construction it allocates nothing in ordinary use.
class Sprayer {
 public:
  Sprayer(const Boom& boom, const SprayerOptions& options);

  void OnPose(const Pose& pose);
  /// Frames of a camera come in order of time.
  void OnFrame(const SeenFrame& frame);
  /// Appends the commands that fall in [now, until). Ticks follow one another without a gap.
  void OnTick(Nanos now, Nanos until, std::vector<Command>& out);

  void SetMaster(bool on) { master_ = on; }

  /// Of every command so far, in order: FNV-1a, 64 bits.
  uint64_t hash() const { return hash_; }
  uint64_t commands() const { return commands_; }
  uint32_t weeds() const { return tracker_.weeds(); }
  /// The weeds that the last frame brought or moved.
  const std::vector<GroundWeed>& changed() const { return changed_; }
  const SprayerCounters& counters() const { return counters_; }
  const ScheduleCounters& schedule_counters() const { return schedule_.counters(); }
  bool IsOpen(int nozzle) const { return schedule_.IsOpen(nozzle); }

 private:
  bool LookAt(const Camera& camera, const Projection& projection, const Detection& detection,
              const Pose& pose, Look& look) const;

  const Boom boom_;
  const SprayerOptions options_;
  std::vector<Projection> projections_;  // of the boom's cameras
  PoseHistory history_;
  Tracker tracker_;
  Schedule schedule_;
  std::vector<GroundWeed> changed_;
  bool master_ = true;
  uint64_t frame_count_ = 0;
  uint64_t hash_ = 0xcbf29ce484222325;
  uint64_t commands_ = 0;
  SprayerCounters counters_;
};

}  // namespace furrow::edge
