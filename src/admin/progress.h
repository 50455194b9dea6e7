// SPDX-License-Identifier: Apache-2.0
// A bar on a terminal for what takes long; nothing at all anywhere else.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace furrow::admin {

/// Not thread-safe.
class Progress {
 public:
  /// `what`: "copying". `total`: bytes to come. Drawn on standard error when that is a terminal.
  Progress(std::string what, uint64_t total);
  /// Wipes the bar.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void Add(uint64_t bytes);

  /// The bar as text, for tests.
  static std::string Line(const std::string& what, uint64_t done, uint64_t total, double seconds);

 private:
  const std::string what_;
  const uint64_t total_;
  const bool shown_;
  const std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point drawn_;
  uint64_t done_ = 0;
};

}  // namespace furrow::admin
