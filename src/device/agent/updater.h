// SPDX-License-Identifier: Apache-2.0
// Brings the bundle that the server wants to furrow-edge, step by step, each durable before the
// next: docs/loop.md, "On the tractor", has the order.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "bundle/keys.h"
#include "device/agent/config.h"
#include "device/agent/edge_keeper.h"
#include "device/agent/server.h"
#include "device/slots/slots.h"
#include "device/slots/state.h"

namespace furrow::device {

/// One thread.
class Updater {
 public:
  Updater(const DeviceConfig& config, Server& server, EdgeKeeper& keeper, Disk& disk);

  /// Reads state.json, puts the slots in order. Before furrow-edge is started. Errors name a file.
  Status Begin(std::vector<bundle::PublicKey> trusted);
  void SetTrusted(std::vector<bundle::PublicKey> trusted) { trusted_ = std::move(trusted); }

  /// What the server wants now.
  void Want(const std::optional<Desired>& desired);
  /// The release that brought the first bundle was halted: without that one the index works alone.
  void TakeOff(const std::string& id);
  /// A bounded piece of work. True: there is more to do at once.
  bool Step();

  /// For the heartbeat; null when there is nothing to say.
  json::Value Progress() const;
  std::optional<double> disagreement() const { return disagreement_; }
  const State& state() const { return state_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  void Set(Stage stage, std::string reason = "");
  void Save();
  void Refuse(const std::string& reason);
  void FetchAnew();
  bool Fetch();
  bool Verify();
  Status VerifyFile(const std::string& file);
  Status Golden(const std::string& slot);
  bool Try();
  bool Activate();
  bool Watch();
  void GoBack(const std::string& reason);
  std::string PartPath() const;
  /// The slot that holds this bundle, whole and verified.
  std::optional<std::string> Holding(const std::string& id) const;
  Result<Machine> AboutMachine();

  const DeviceConfig config_;
  Server& server_;
  EdgeKeeper& keeper_;
  Disk& disk_;
  Slots slots_;
  std::vector<bundle::PublicKey> trusted_;
  State state_;
  std::optional<Machine> machine_;
  std::optional<double> disagreement_;

  // Of the stage that is on; nothing is lost when it begins anew.
  Time not_before_{};
  int fetched_whole_ = 0;
  std::optional<uint64_t> command_;  // that an answer is awaited of
  uint64_t command_epoch_ = 0;
  Time command_until_{};
  int commands_ = 0;
  double budget_ms_ = 0;
  bool swapped_ = false;
  Time watched_since_{};
  EdgeView before_;  // when the watch began
  Time recovered_{};
};

}  // namespace furrow::device
