// SPDX-License-Identifier: Apache-2.0
// What /metrics tells Prometheus.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace furrow::platform {

/// Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  /// A call was answered.
  void Observe(std::string_view endpoint, int status, double seconds);
  /// A value read when the page is asked for. Before the first Text.
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read);
  /// The page, in Prometheus's text format.
  std::string Text();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::platform
