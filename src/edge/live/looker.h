// SPDX-License-Identifier: Apache-2.0
// The threads between cameras and decision: one receives from each camera, a few look at the newest
// frames, and what they find goes to the deciding thread through rings.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "edge/capture/fault.h"
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
  Nanos hung_after = kSecond / 4;   // of one look, or three times what the network took lately
  std::vector<CameraFault> drills;  // of kind kHung
};

/// Looks at the frames of some cameras, on one thread. A thread that does not come back from one of
/// them cannot be ended from within its process; it is left alone with that frame and that camera's
/// eye, and a new one takes its place, with an eye without a network for that camera. Should the
/// look end after all, the camera gets its own eye back. Only if the second hangs as well is that
/// camera's frame looked at by nobody.
class Looker {
 public:
  Looker(Health& health, const LookerOptions& options);

  /// Before Start. `eye` is for the frames of that camera; `stand_in` makes one for when it hangs.
  void Add(int camera, FrameExchange& frames, Eye eye, std::function<Eye()> stand_in);
  /// The machine starts at `start`: what drills reckon from.
  void Start(Nanos start);
  /// Replaces the thread when it hangs, and takes back what came to itself. By one thread, a few
  /// dozen times a second, between Start and Stop. It may take memory and start threads.
  void Watch(Nanos now);
  /// Ends the thread, which is given a second for what it is looking at.
  void Stop();
  /// Once stopped: threads that never came back, and hold frames and eyes still.
  bool hung() const;
  /// Stops, and waits for those that hang.
  ~Looker();

  /// A frame was published. From any thread.
  void Ring() noexcept;

  /// The deciding thread's side: FrameFindings and their detections, one string each.
  ByteRing& findings() { return findings_; }

 private:
  /// A thread that looks, and what it keeps when it is replaced.
  struct Hand {
    // When its present look must have ended; 0 between two looks; kReplaced. Who changes it from
    // the time owns the seats, the ring and the log from then on: either this thread or Watch.
    std::atomic<Nanos> due{0};
    std::atomic<bool> ended{false}, taken_back{false};
    size_t seat = 0;
    std::vector<Detection> found;
    std::unique_ptr<Eye> eye;  // from here on: once replaced
    bool stand_in = false;
    int frame = 0;  // for FrameExchange::TakeBack
    std::thread thread;
  };
  static constexpr Nanos kReplaced = -1;

  struct Seat {
    int camera = 0;
    FrameExchange* frames = nullptr;
    std::unique_ptr<Eye> eye;  // null: nobody looks
    std::function<Eye()> make_stand_in;
    bool stand_in = false;  // `eye` is one
    FrameJudge judge;
    std::atomic<Hand*> returned{nullptr};  // from Watch to the thread that looks
  };

  void Begin();
  void Run(Hand& hand);
  bool Look(Hand& hand, Seat& seat, const FrameView& frame);
  void Suffer(int camera, Nanos captured) const;
  void Replace();
  void TakeBack(Seat& seat);

  Health& health_;
  const LookerOptions options_;
  Nanos start_ = 0;
  std::deque<Seat> seats_;
  ByteRing findings_;
  std::atomic<uint32_t> bell_{0};
  std::atomic<bool> stop_{false};
  std::unique_ptr<Hand> hand_;
  std::vector<std::unique_ptr<Hand>> left_;  // replaced, and not yet taken back
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
