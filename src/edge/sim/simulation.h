// SPDX-License-Identifier: Apache-2.0
// A whole boom over a generated field in virtual time: sensors with their errors, stages with their
// delays, and a judge who knows the truth.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/field/field.h"
#include "edge/field/sensing.h"
#include "edge/sim/deadlines.h"
#include "edge/sim/drawn_camera.h"
#include "edge/sim/span_quantiles.h"
#include "edge/sim/spread.h"

namespace furrow::edge {

struct SimulationOptions {
  Boom boom;
  uint64_t seed = 1;   // of field, drive and faults
  FieldOptions field;  // its seed and width are set from `seed` and the boom
  double speed_mps = 6;
  double braking_mps2 = 2;       // down to half the speed once in 20 s; 0: never
  double yaw_rate_radps = 0.05;  // in bends to both sides, half of the time; 0: none
  SensorOptions sensors;
  double distance_m = 100;
  /// Draw every frame and detect in it; else the cameras are told the boxes of the weeds in view,
  /// a pixel off at times.
  bool pixels = false;
  DrawnCameraOptions detect;  // with pixels
  /// From mid-exposure to the scheduler, without what varies: transfer, inference, tracking.
  double latency_s = 0.030;
  /// An exponential tail on top, its mean.
  double latency_tail_s = 0.004;
  /// Instead of both, what was measured from mid-exposure until a frame's patches were known. No
  /// camera's transfer is in it, so that comes on top: `transfer_s`, or what Gigabit Ethernet needs
  /// for a frame of 8 bits a pixel.
  std::optional<SpanQuantiles> found_after;
  std::optional<double> transfer_s;
  /// How late the deciding thread wakes for a tick; never unless said.
  std::optional<SpanQuantiles> woken_after;
  /// A stall of 50 ms in this many frames; 0: none.
  int stall_every = 10'000;
  /// One in this many frames is lost; 0: none.
  int drop_every = 200;
  /// Records the run there, for a replay; empty: nowhere.
  std::string log_folder;
};

struct SimulationReport {
  double distance_m = 0, seconds = 0;
  double judged_m = 0;      // of the distance: without its beginning, which is seen too late
  uint64_t weeds = 0;       // true ones of 2 cm and more under the boom
  uint64_t hit = 0;         // the valve over its middle sprayed its middle
  uint64_t hit_whole = 0;   // ... and all of its length
  uint64_t sprays = 0;      // open commands
  uint64_t windows = 0;     // of the oracle
  uint64_t within_2cm = 0;  // of them, those that one command pair met at both ends
  double open_s = 0, oracle_open_s = 0;
  Spread error_m;  // of commands against the oracle, both ends
  Spread slack_s;  // left when a weed was first known: p50, 1st percentile, 0.1th, least
  uint64_t late = 0, missed = 0;
  double late_m2 = 0, missed_m2 = 0;            // weeds' ground that got nothing for that
  std::array<LateCost, kLateCauses> late_by{};  // both, by cause
  std::array<uint64_t, kLateCauses> off_by{};   // windows that were not met, by cause
  uint64_t off_otherwise = 0;                   // ... and without one of these
  uint64_t frames = 0, frames_dropped = 0, stalls = 0;
  // Of the stretch that is judged:
  double sprayed_m2 = 0;       // ground that droplets reached, each nozzle's for itself
  double product_m2 = 0;       // ground that open nozzles passed: what a broadcast of it would use
  double needed_m2 = 0;        // the same of nozzles that open for each true weed of any size alone
  uint64_t crops = 0;          // crop plants under the boom
  uint64_t crops_sprayed = 0;  // on their middle
  Spread way_error_m;          // of the pose's way over the look-ahead against the truth
  uint64_t ways = 0;           // that were compared
  uint64_t within_sigma = 0;   // of them, those that 3 sigma of the pose hold
  uint64_t within_margin = 0;  // ... and those that the smaller margin of the boom holds
  uint64_t open_without_pose = 0;  // nozzles that were open, tick by tick, when they had to be shut
  double unsure_s = 0;             // three sigmas of the pose were more than the boom's margins
  double gnss_doubt_s = 0, wheel_doubt_s = 0, held_s = 0, blind_s = 0;
  FuserCounters fuser;
  uint64_t hash = 0;
};

/// Runs to the end; `progress` is told the share done now and then. Deterministic in its options.
/// An error names an option out of its bounds, or is a network's.
Result<SimulationReport> Simulate(const SimulationOptions& options,
                                  const std::function<void(double)>& progress);

}  // namespace furrow::edge
