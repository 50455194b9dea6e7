// SPDX-License-Identifier: Apache-2.0
// DEVICE/device.toml. docs/device.md describes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "device/agent/place.h"

namespace furrow::device {

using Seconds = std::chrono::duration<double>;

struct DeviceConfig {
  std::string folder;         // DEVICE, absolute
  std::string name;           // the tractor's
  std::string server, files;  // URLs without '/' at their ends
  std::string ca_file;
  FieldPlace field;

  std::string edge_program = "furrow-edge";
  std::vector<std::string> edge_arguments;
  std::string machine, boom, link, logs;  // paths
  Seconds watchdog{3};                    // figures that stand still for so long

  Seconds heartbeat{10}, metrics{5}, trial{10}, watch{60};
  int restarts_max = 2;  // of furrow-edge while a new bundle is watched
  double slack_p1_ms_min = 0;
  double by_index_share_max = 0.5;  // frames for which the index stood in

  uint64_t spool_bytes = 512u << 20;
  double images_mb = 5;              // that are chosen of one closed segment of the log
  uint64_t log_bytes = 20ull << 30;  // closed segments beyond it go, the oldest first
  uint64_t free_bytes = 100u << 20;  // of the disk: while less is free, logs and images go
};

/// Errors name file, line and column.
Result<DeviceConfig> ReadDeviceConfig(const std::string& folder);

/// A new one's text.
std::string DeviceConfigText(const std::string& name, const std::string& server,
                             const std::string& files);

}  // namespace furrow::device
