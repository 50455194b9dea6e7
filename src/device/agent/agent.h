// SPDX-License-Identifier: Apache-2.0
// furrow-device: everything of a tractor but its deciding.
#pragma once

#include <atomic>
#include <string>

#include "base/status.h"
#include "device/agent/config.h"

namespace furrow::device {

struct EnrollOptions {
  std::string folder, server, files, token, name, ca_file;
};

/// Makes the folder and the tractor's key, asks the server with a token that is good once, and
/// writes device.toml (unless it is there) and trusted.json. Errors: those of the server, with what
/// it says.
Status Enroll(const EnrollOptions& options);

/// Works until `stop`. Errors name a file; whatever is wrong with the link is not one.
Status RunDevice(const DeviceConfig& config, const std::atomic<bool>& stop);

}  // namespace furrow::device
