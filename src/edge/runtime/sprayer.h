// SPDX-License-Identifier: Apache-2.0
// All that decides: poses and detections in, valve commands out. What it was given, in which order,
// and the times of its ticks are all that its commands depend on: the same inputs give the same
// hash, live, in a simulation or from a log.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "edge/boom/boom.h"
#include "edge/boom/projection.h"
#include "edge/detect/detection.h"
#include "edge/pose/marks.h"
#include "edge/pose/pose.h"
#include "edge/record/log_encoder.h"
#include "edge/schedule/schedule.h"
#include "edge/track/tracker.h"

namespace furrow::edge {

/// What detection says of one frame.
struct SeenFrame {
  int camera = 0;
  uint64_t sequence = 0;
  Nanos captured = 0;   // mid-exposure
  Nanos published = 0;  // when they were known here
  std::span<const Detection> detections;
};

struct SprayerOptions {
  TrackerOptions tracker;
  size_t windows_max = 64;  // of one nozzle
  /// Without a pose whose speed was measured the last one is held so long; then everything closes
  /// until one comes, and the weeds that were seen before are given up as missed.
  Nanos hold_max = kSecond;
  FallRule fall = FallRule::kByHeight;
  /// Commands are given so long before their time, so that a tick that comes late by as much makes
  /// nothing late. What is learnt in that time moves them no more.
  Nanos ahead = 10 * kMillisecond;
};

struct SprayerCounters {
  uint64_t frames = 0;
  uint64_t frames_without_pose = 0;  // older or newer than what is known of the movement
  uint64_t detections = 0;
  uint64_t crops = 0;          // detections that are crop and so are left alone
  uint64_t off_ground = 0;     // detections whose box does not lie on the ground ahead
  uint64_t poses_refused = 0;  // not later than the one before
  uint64_t ticks_blind = 0;    // without a pose that may be held
  uint64_t unseen_mm2 = 0;     // ground that no frame showed, square millimetres
  uint64_t ticks_unsure = 0;   // three sigmas of the pose's way are more than the boom's margins
};

/// Of commands in order: FNV-1a, 64 bits.
class CommandHash {
 public:
  void Add(const Command& command);
  uint64_t value() const { return hash_; }
  uint64_t count() const { return count_; }

  bool operator==(const CommandHash&) const = default;

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
  uint64_t count_ = 0;
};

/// One thread. After construction it allocates nothing in ordinary use.
class Sprayer {
 public:
  Sprayer(const Boom& boom, const SprayerOptions& options);

  void OnPose(const Pose& pose);
  /// Frames of a camera come in order of time.
  void OnFrame(const SeenFrame& frame);
  /// Ground that no frame showed: when it says so it is sprayed as if a weed covered it.
  void OnUnseen(const UnseenRecord& unseen);
  /// Appends the commands for times up to now + kTick + SprayerOptions::ahead, of each nozzle in
  /// order of time. It is called every kTick or so; what fell before a tick that came later than
  /// that is commanded for `now`.
  void OnTick(Nanos now, std::vector<Command>& out);

  /// From now on everything that it takes in and commands goes to `log` as well, in order. Null:
  /// no longer.
  void RecordTo(LogEncoder* log) { log_ = log; }

  /// As in Schedule.
  void WatchLate(std::vector<LateWindow>* late) { schedule_.WatchLate(late); }

  static constexpr Nanos kTick = kMillisecond;

  /// Off: the next tick closes every nozzle, and none opens until it is on again.
  void SetMaster(bool on);

  /// Of every command so far.
  const CommandHash& hash() const { return hash_; }
  uint32_t weeds() const { return tracker_.weeds(); }
  /// The weeds that the last frame brought or moved, or the last pose moved.
  const std::vector<GroundWeed>& changed() const { return changed_; }
  const SprayerCounters& counters() const { return counters_; }
  const ScheduleCounters& schedule_counters() const { return schedule_.counters(); }
  bool IsOpen(int nozzle) const { return schedule_.IsOpen(nozzle); }

 private:
  bool LookAt(const Camera& camera, const Projection& projection, const Detection& detection,
              const Pose& pose, Look& look) const;

  const Boom boom_;
  const SprayerOptions options_;
  LogEncoder* log_ = nullptr;
  std::vector<Projection> projections_;  // of the boom's cameras
  PoseHistory history_;
  Tracker tracker_;
  Schedule schedule_;
  std::vector<GroundWeed> changed_;
  std::optional<Nanos> measured_at_;  // the newest pose whose speed is not held
  uint32_t next_unseen_ = 1;
  bool master_ = true, blind_ = false;
  CommandHash hash_;
  SprayerCounters counters_;
};

}  // namespace furrow::edge
