// SPDX-License-Identifier: Apache-2.0
// The thread between a running machine and furrow-device: renews the figures, hands commands to who
// changes networks, and tells what became of them and what went wrong.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "edge/boom/boom.h"
#include "edge/link/link.h"
#include "edge/live/changer.h"
#include "edge/live/health.h"

namespace furrow::edge {

class Linker {
 public:
  /// What it refers to must outlive it. `changer` may be null: then networks cannot be changed.
  /// `refresh` brings up to date what `health` does not count by itself. Errors: those of EdgeLink.
  static Result<std::unique_ptr<Linker>> Open(const std::string& path, const Boom& boom,
                                              const Health& health, ModelChanger* changer,
                                              std::function<void()> refresh);
  ~Linker() { Stop(); }
  void Start();
  /// Renews the figures once more, says *ending*, and ends the thread.
  void Stop();

 private:
  /// A count that is an alarm when it rises.
  struct Watched {
    std::string text;
    std::function<uint64_t()> count;
    uint64_t before = 0;
    Nanos told = 0;
  };

  Linker(std::unique_ptr<EdgeLink> link, const Boom& boom, const Health& health,
         ModelChanger* changer, std::function<void()> refresh);
  void Run();
  void Obey();
  void Tell();
  void Watch(Nanos now);
  void Turn(Nanos now);
  void Alarm(std::string text);

  const std::unique_ptr<EdgeLink> link_;
  const Boom& boom_;
  const Health& health_;
  ModelChanger* const changer_;
  const std::function<void()> refresh_;
  std::vector<Watched> watched_;
  std::vector<CameraState> states_;
  // Slack is told of the time since the older of the two, which is ten to twenty seconds ago.
  SpanHistogram::Counts slack_older_, slack_newer_;
  Nanos slack_turned_ = 0;
  int64_t beats_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace furrow::edge
