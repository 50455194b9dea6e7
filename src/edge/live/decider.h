// SPDX-License-Identifier: Apache-2.0
// The one thread that decides, a thousand times a second: takes in poses and findings, plans, and
// tells the valves.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "edge/actuate/valves.h"
#include "edge/boom/boom.h"
#include "edge/live/health.h"
#include "edge/live/looker.h"
#include "edge/live/realtime.h"
#include "edge/pose/pose.h"
#include "edge/record/byte_ring.h"
#include "edge/runtime/coverage.h"
#include "edge/runtime/sprayer.h"

namespace furrow::edge {

struct DeciderOptions {
  WhenUnseen when_unseen = WhenUnseen::kSpray;
  Nanos alarm_after = kSecond / 5;  // a camera without a frame for so long is silent
  Nanos start = 0;                  // no camera has to show anything before
  OnThread on_thread = nullptr;
};

/// After Start: no allocation, lock, log call, exception or system call but the clock, its sleep
/// and what the valve bus needs.
class Decider {
 public:
  /// What it refers to must outlive it. `poses` holds Pose, one string each.
  Decider(const Boom& boom, Health& health, Valves& valves, ByteRing& poses,
          std::vector<ByteRing*> findings, LogEncoder* log, const DeciderOptions& options);
  ~Decider() { Stop(); }

  void Start();
  /// Closes every valve and ends the thread. Also called by the destructor.
  void Stop();

  /// One tick, on the caller's thread: what Start's thread does each millisecond. Not beside it.
  void Tick(Nanos now) noexcept;

  const Sprayer& sprayer() const { return sprayer_; }  // once stopped

 private:
  void Run();
  void TakePoses() noexcept;
  void TakeFindings(Nanos now) noexcept;
  void Take(const FrameFindings& head, std::span<const Detection> found, Nanos now) noexcept;
  void NoteModel(const FrameFindings& head) noexcept;
  void NotePlace(const Pose& pose) noexcept;
  void NoteSlack(const Pose& pose) noexcept;
  void WatchCameras(Nanos now) noexcept;
  void SetBudgets(MicronsPerSecond speed) noexcept;
  void SetState(size_t camera, CameraState state) noexcept;
  void Tell() noexcept;

  const Boom& boom_;
  Health& health_;
  Valves& valves_;
  ByteRing& poses_;
  const std::vector<ByteRing*> findings_;
  LogEncoder* const log_;
  const DeciderOptions options_;
  const Nanos delay_;   // from a command to droplets on the ground, the longest of all nozzles
  const Microns lead_;  // sprayed before a weed
  Sprayer sprayer_;
  Coverage coverage_;
  PoseHistory history_;
  std::vector<Command> commands_;
  std::vector<const ModelMark*> models_;  // of each camera, who judged last
  std::vector<Nanos> last_frame_;  // of each camera, mid-exposure of the last that was usable
  std::vector<double> gsd_;        // metres a pixel, in the middle of each camera's image
  std::vector<Nanos> two_frames_;  // twice the time from a camera's frame to the next
  uint32_t weeds_known_ = 0;
  std::optional<Pose> placed_;          // the last pose that x_, y_ and heading_ are of
  double x_ = 0, y_ = 0, heading_ = 0;  // metres and radians, from where the drive began
  Nanos begun_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::edge
