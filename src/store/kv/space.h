// SPDX-License-Identifier: Apache-2.0
// Room on the disk: when to refuse what takes more of it, and a reserve for what must go on then.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace furrow::store {

/// Thread-safe.
class Space {
 public:
  /// Looks after the disk that holds `dir`, an existing directory. `reserve_max`: see
  /// EngineOptions::reserve_bytes.
  Space(std::string dir, uint64_t reserve_max);

  /// False when `bytes` more should be refused. Asks the disk a few times per second, and whenever
  /// much has been written since. Once false, true again only when there is clearly more room.
  bool Roomy(uint64_t bytes);
  /// Gives the reserve to the disk.
  void Spend();
  /// Sets the reserve aside if the disk has room for it.
  void Refill();

  /// Of the disk that holds `dir`; the largest number when it cannot be asked.
  static uint64_t DiskBytes(const std::string& dir);
  /// As Spend, before anything is open; false when there was no reserve.
  static bool Spend(const std::string& dir);

 private:
  struct Disk {
    uint64_t total = 0, free = 0;
  };
  static Disk Ask(const std::string& dir);

  const std::string dir_;
  uint64_t reserve_ = 0;
  uint64_t floor_ = 0;  ///< free bytes below which there is no room
  std::atomic<bool> roomy_{true};
  std::atomic<int64_t> since_{0};  ///< bytes said to be written since the disk was asked
  std::atomic<int64_t> asked_ms_{0};
  std::mutex mutex_;
  bool kept_ = false;  ///< guarded by mutex_: the reserve is set aside
};

}  // namespace furrow::store
