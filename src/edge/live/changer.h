// SPDX-License-Identifier: Apache-2.0
// Loads networks while the machine works, tries them on copies of its frames, and puts one in the
// place of the other between two frames of each camera.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/detect/segmentation.h"
#include "edge/image/frame.h"
#include "edge/link/link.h"
#include "edge/live/net_exchange.h"
#include "edge/live/shadow.h"
#include "edge/live/slot.h"

namespace furrow::edge {

/// A camera that is there.
struct SeenCamera {
  int index = 0;  // of the boom
  PixelFormat format = PixelFormat::kRgb8;
  NetExchange* exchange = nullptr;
};

/// Owns every network. Its own thread has idle priority: what it does takes no time from those who
/// decide. Ask and Said may be called from one other thread.
class ModelChanger {
 public:
  /// What it refers to must outlive it. `ring` wakes the lookers.
  ModelChanger(const Boom& boom, std::vector<SeenCamera> cameras, Shadow& shadow,
               std::function<void()> ring);
  ~ModelChanger();

  /// On the caller's thread, before Start: the network that judges from the first frame on.
  Status Begin(const Slot& slot);
  Status BeginWithout(const std::string& model, NetMethod method, int area_min);

  void Start();
  /// Ends the thread once it has ended what it is at: the loading of a network at most.
  void Stop();

  /// False: it has too much to do already.
  bool Ask(LinkCommand command);
  /// What has come of commands, in order.
  std::vector<LinkEvent> Said();

  const ModelMark* present() const { return present_mark_.load(std::memory_order_acquire); }
  uint64_t swaps() const { return swaps_.load(std::memory_order_relaxed); }
  bool trying() const { return trying_.load(std::memory_order_relaxed); }

 private:
  /// One network, made ready for every camera. Without nets: none.
  struct Loaded {
    Slot slot;
    std::optional<SegmentationModel> model;
    std::vector<std::unique_ptr<CameraNet>> nets;  // as `cameras_`
    const ModelMark* mark = nullptr;
  };
  using LoadedPointer = std::unique_ptr<Loaded>;

  Result<LoadedPointer> Load(Slot slot, const ModelMark* mark);
  Result<LoadedPointer> LoadSlot(const std::string& folder);
  const ModelMark* MarkOf(const ModelMark& mark);
  bool Give(const Loaded& loaded);
  bool AllTaken() const;
  void Run();
  void Do(const LinkCommand& command);
  Status Try(const LinkCommand& command);
  Status Swap(const LinkCommand& command);
  Status Back(const LinkCommand& command);
  Status Change(LoadedPointer& to, const LinkCommand& command);
  void Say(LinkEvent event);
  bool Interrupted();

  const Boom& boom_;
  const std::vector<SeenCamera> cameras_;
  Shadow& shadow_;
  const std::function<void()> ring_;
  size_t frame_bytes_ = 0;

  // The thread's own once it runs.
  LoadedPointer present_, previous_, candidate_;
  std::vector<LoadedPointer> retired_;  // until every camera has let go of them
  std::deque<ModelMark> marks_;         // which outlive all frames

  std::atomic<const ModelMark*> present_mark_{nullptr};
  std::atomic<uint64_t> swaps_{0};
  std::atomic<bool> trying_{false};

  Mutex mutex_;
  CondVar wake_;
  bool stop_ FURROW_GUARDED_BY(mutex_) = false;
  std::deque<LinkCommand> asked_ FURROW_GUARDED_BY(mutex_);
  std::vector<LinkEvent> said_ FURROW_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace furrow::edge
