// SPDX-License-Identifier: Apache-2.0
// The thread that looks after furrow-edge: starts it, restarts it, kills it when it hangs, and
// takes from the link what it tells.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "device/agent/config.h"
#include "device/agent/edge_process.h"
#include "device/spool/spool.h"
#include "edge/link/link.h"

namespace furrow::device {

/// What is known of furrow-edge now.
struct EdgeView {
  bool running = false;     // the process is there
  bool telling = false;     // and its figures move
  bool restarting = false;  // it will be started again
  uint64_t epoch = 0;       // of the link
  uint64_t starts = 0;      // of the process, by this furrow-device
  uint64_t failures = 0;    // starts in a row after which it did not come to tell anything
  std::optional<edge::LinkFigures> figures;  // the last ones
  // Over all its lives as far as this furrow-device has seen them:
  uint64_t frames = 0, dropped = 0, missed = 0, alarms = 0;
};

/// The 64 digits of the bundle that figures name; empty for none.
std::string BundleOf(const edge::LinkFigures& figures);

/// An alarm's record; `edge` are epoch and time of an event of the link.
std::string AlarmText(std::string_view name, std::string_view text, std::string_view level,
                      std::optional<std::pair<uint64_t, int64_t>> edge = std::nullopt);

class EdgeKeeper {
 public:
  EdgeKeeper(const DeviceConfig& config, Spool& spool);
  ~EdgeKeeper() { Stop(false); }

  void Start();
  /// Ends the thread, and with `edge` furrow-edge too: in order if it can.
  void Stop(bool edge);

  EdgeView View() const;
  /// Events of tried, refused, swapped since the last call.
  std::vector<edge::LinkEvent> TakeEvents();
  /// The command's number; kUnavailable while furrow-edge tells nothing.
  Result<uint64_t> Command(edge::LinkCommandKind kind, const std::string& folder, double seconds);
  /// It is ended in order and started again.
  void Restart();
  /// Puts an alarm of furrow-device's own into the spool.
  void Alarm(std::string_view text, std::string_view level = "warning");

 private:
  using Said = std::pair<uint64_t, int64_t>;  // epoch and time of an event
  using Time = std::chrono::steady_clock::time_point;
  void Run();
  void Supervise(Time now);
  void Listen(Time now) FURROW_REQUIRES(mutex_);
  void TakeFigures(Time now) FURROW_REQUIRES(mutex_);
  void Remember(const Said& said) FURROW_REQUIRES(mutex_);
  void TakeLinkEvents() FURROW_REQUIRES(mutex_);
  void TellMetrics(Time now) FURROW_REQUIRES(mutex_);
  void Sum(const edge::LinkFigures& figures) FURROW_REQUIRES(mutex_);

  const DeviceConfig config_;
  Spool& spool_;
  EdgeProcess process_;  // the thread's own
  Time began_{}, next_start_{};
  std::chrono::milliseconds wait_{500};
  bool told_hang_ = false;

  mutable Mutex mutex_;
  std::unique_ptr<edge::DeviceLink> link_ FURROW_GUARDED_BY(mutex_);
  EdgeView view_ FURROW_GUARDED_BY(mutex_);
  std::vector<edge::LinkEvent> events_ FURROW_GUARDED_BY(mutex_);
  int64_t beats_ FURROW_GUARDED_BY(mutex_) = 0;
  Time moved_ FURROW_GUARDED_BY(mutex_){};  // when the figures did last
  Time told_ FURROW_GUARDED_BY(mutex_){}, synced_ FURROW_GUARDED_BY(mutex_){};
  edge::LinkFigures metrics_before_ FURROW_GUARDED_BY(mutex_);
  std::array<uint64_t, 4> last_ FURROW_GUARDED_BY(mutex_){};  // of what is summed
  uint64_t lost_ FURROW_GUARDED_BY(mutex_) = 0;
  // Epoch and time of alarms of the link's that stand in the spool, the newest last. After a power
  // cut an epoch may come again and the clock begins anew: which is later, they do not tell.
  std::deque<Said> alarmed_ FURROW_GUARDED_BY(mutex_);
  std::string refused_ FURROW_GUARDED_BY(mutex_);
  std::atomic<bool> stop_{false}, restart_{false};
  std::thread thread_;
};

}  // namespace furrow::device
