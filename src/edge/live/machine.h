// SPDX-License-Identifier: Apache-2.0
// A whole machine in real time, as its configuration says.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "edge/actuate/self_test.h"
#include "edge/actuate/valves.h"
#include "edge/capture/field_source.h"
#include "edge/field/drive.h"
#include "edge/live/changer.h"
#include "edge/live/decider.h"
#include "edge/live/health.h"
#include "edge/live/linker.h"
#include "edge/live/looker.h"
#include "edge/live/machine_config.h"
#include "edge/live/pose_feed.h"
#include "edge/record/log_file.h"

namespace furrow::edge {

/// Made and used by one thread.
class Machine {
 public:
  /// Opens the valves, and draws what is to be drawn beforehand. No other thread may run yet: the
  /// valves' guard is forked here. Errors name the file or device.
  static Result<std::unique_ptr<Machine>> Make(const MachineConfig& config);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Opens and closes every valve once. Before Start.
  SelfTestReport TestValves();
  /// Opens cameras and log. From here on the machine sees and decides; valves open once the switch
  /// is on. Errors name the file or device.
  Status Start(OnThread on_thread = nullptr);
  /// Closes everything, ends all threads and the log. The log's error, if it had one. A network
  /// that does not return is not waited for: see hung().
  Status Stop();
  /// Once stopped: a thread has not come back from looking at a frame. It holds parts of the
  /// machine, whose destructor therefore waits for it; a program that will not wait ends by
  /// std::_Exit.
  bool hung() const;

  Valves& valves() { return *valves_; }
  /// Prometheus text.
  std::string HealthText();
  /// What judges now; null when it is the index alone.
  const ModelMark* model() const { return changer_ ? changer_->present() : nullptr; }
  const Health& health() const { return *health_; }
  const Boom& boom() const { return config_.boom; }
  /// No camera will give another frame.
  bool ended() const;
  /// Of all commands; once stopped.
  const CommandHash& commands() const { return decider_->sprayer().hash(); }

 private:
  explicit Machine(const MachineConfig& config);
  Status OpenEyes(OnThread on_thread);
  Result<std::unique_ptr<FrameSource>> OpenSource(size_t at);
  Status OpenLog();
  void Watch();
  void TellOfLog();
  Status OpenNetworks(std::vector<SeenCamera> cameras);
  void CountReplaced();

  const MachineConfig config_;
  std::unique_ptr<ValveBus> bus_;
  std::unique_ptr<Valves> valves_;
  std::unique_ptr<Health> health_;
  std::optional<Field> field_;
  std::optional<Drive> drive_;
  std::shared_ptr<const FrameStock> stock_;
  std::unique_ptr<LogEncoder> encoder_;                      // of the deciding thread
  std::vector<std::unique_ptr<LogEncoder>> frame_encoders_;  // of the lookers
  std::unique_ptr<LogFile> log_;
  std::unique_ptr<PoseFeed> poses_;
  Shadow shadow_;
  std::vector<std::unique_ptr<NetExchange>> exchanges_;  // as the configuration's cameras
  std::unique_ptr<ModelChanger> changer_;                // outlives those who look
  std::vector<std::unique_ptr<Looker>> lookers_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::unique_ptr<Decider> decider_;
  std::atomic<bool> stop_watching_{false};
  std::thread watch_;  // for lookers that hang
  std::unique_ptr<Linker> linker_;
};

}  // namespace furrow::edge
