// SPDX-License-Identifier: Apache-2.0
// Says in time that the disk is filling up: in the log, on /metrics and on /ready.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "base/status.h"

namespace furrow::platform {

/// Thread-safe.
class SpaceAlarm {
 public:
  enum class Level { kGood, kLow, kFull };
  struct Disk {
    uint64_t total = 0, free = 0;  ///< free: for this user
  };

  /// Looks after the disk that holds `dir`. `low_bytes`: less than this is low, or a tenth of the
  /// disk if that is less. `writable` says whether the store takes writes. `say` is told of every
  /// change of level, once, in a sentence.
  SpaceAlarm(std::string dir, uint64_t low_bytes, std::function<Status()> writable,
             std::function<void(Level, const std::string&)> say);

  /// Looks now. Low ends only when there is a quarter more than the bound, so that a disk at the
  /// bound does not fill the log.
  void Look();
  void Look(const Disk& disk);
  Level level() const { return level_; }
  /// "good", "low" or "full".
  const char* name() const;
  static Disk Ask(const std::string& dir);

 private:
  const std::string dir_;
  const uint64_t low_bytes_;
  const std::function<Status()> writable_;
  const std::function<void(Level, const std::string&)> say_;
  std::atomic<Level> level_{Level::kGood};
};

}  // namespace furrow::platform
