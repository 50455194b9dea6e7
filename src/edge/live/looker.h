// SPDX-License-Identifier: Apache-2.0
// The threads between cameras and decision: one receives from each camera, a few look at the newest
// frames, and what they find goes to the deciding thread through rings.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "edge/capture/frame_exchange.h"
#include "edge/capture/source.h"
#include "edge/detect/detection.h"
#include "edge/live/eye.h"
#include "edge/live/health.h"
#include "edge/live/realtime.h"
#include "edge/live/shadow.h"
#include "edge/record/byte_ring.h"
#include "edge/record/log_encoder.h"

namespace furrow::edge {

/// What is said of a frame; its detections follow in the ring.
struct FrameFindings {
  int32_t camera = 0;
  CameraState state = CameraState::kGood;  // kGood, kBlack, kOverexposed or kStuck
  uint32_t count = 0;                      // detections; none unless kGood
  uint64_t sequence = 0;
  Nanos captured = 0, exposure = 0;
  const ModelMark* model = nullptr;  // whose network was to judge; null: the index alone
};

/// Whether a frame can be judged at all, from about 2,000 of its bytes. One for each camera.
class FrameJudge {
 public:
  CameraState Judge(const FrameView& frame) noexcept;

 private:
  uint64_t before_ = 0;  // of the samples of the last frame
};

struct LookerOptions {
  int frames_every = 0;  // every so many frames of a camera goes into the log; 0: none
  LogEncoder* log = nullptr;
  Shadow* shadow = nullptr;  // wants copies of frames now and then
  OnThread on_thread = nullptr;
};

/// Looks at the frames of some cameras, on one thread.
class Looker {
 public:
  Looker(Health& health, const LookerOptions& options);

  /// Before Start. `eye` is for the frames of that camera.
  void Add(int camera, FrameExchange& frames, Eye eye);
  void Start();
  /// Ends the thread. Also called by the destructor.
  void Stop();
  ~Looker() { Stop(); }

  /// A frame was published. From any thread.
  void Ring() noexcept;

  /// The deciding thread's side: FrameFindings and their detections, one string each.
  ByteRing& findings() { return findings_; }

 private:
  struct Seat {
    int camera;
    FrameExchange* frames;
    Eye eye;
    FrameJudge judge;
  };

  void Run();
  void Look(Seat& seat, const FrameView& frame);

  Health& health_;
  const LookerOptions options_;
  std::vector<Seat> seats_;
  std::vector<Detection> found_;
  ByteRing findings_;
  std::atomic<uint32_t> bell_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

/// Receives from one camera, on one thread.
class Receiver {
 public:
  Receiver(std::unique_ptr<FrameSource> source, CameraHealth& health, Looker& looker);
  /// The machine starts at `start`. Before Start.
  void Begin(Nanos start) { source_->Begin(start); }
  void Start();
  /// Waits for the source to give in, a fifth of a second at most. Also called by the destructor.
  void Stop();
  ~Receiver() { Stop(); }

  FrameExchange& frames() { return frames_; }
  /// The source has no more frames.
  bool ended() const { return ended_.load(); }

 private:
  void Run();

  FrameExchange frames_;
  const std::unique_ptr<FrameSource> source_;
  CameraHealth& health_;
  Looker& looker_;
  std::atomic<bool> stop_{false}, ended_{false};
  std::thread thread_;
};

}  // namespace furrow::edge
