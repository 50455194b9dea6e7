// SPDX-License-Identifier: Apache-2.0
// Where the deciding thread's poses come from: sensors and their fuser, 100 times a second.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/status.h"
#include "edge/field/drive.h"
#include "edge/pose/pose.h"
#include "edge/record/byte_ring.h"

namespace furrow::edge {

/// The sensors of one machine. Used by one thread.
class PoseSource {
 public:
  virtual ~PoseSource() = default;
  /// Takes in what has come by `now`, and gives the pose at `now`; nothing while none is known.
  virtual std::optional<Pose> At(Nanos now) = 0;
};

/// Those of a machine on a generated drive that began at `start`. `drive` must outlive it.
std::unique_ptr<PoseSource> DrivenPoses(const Drive& drive, Nanos start, Microns boom_height,
                                        uint64_t seed);

/// A GNSS receiver on a serial line, or anything else that can be read: NMEA 0183, at `baud` where
/// it is a terminal. Speed and way are the receiver's alone. Errors name the device.
Result<std::unique_ptr<PoseSource>> ReceiverPoses(const std::string& device, int baud,
                                                  Nanos latency);

/// Hands poses over as their time comes, on one thread.
class PoseFeed {
 public:
  explicit PoseFeed(std::unique_ptr<PoseSource> source)
      : source_(std::move(source)), ring_(1u << 16) {}
  void Start() { thread_ = std::thread(&PoseFeed::Run, this); }
  void Stop();
  ~PoseFeed() { Stop(); }

  /// The deciding thread's side: Pose, one string each.
  ByteRing& ring() { return ring_; }

 private:
  void Run();

  const std::unique_ptr<PoseSource> source_;
  ByteRing ring_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::edge
