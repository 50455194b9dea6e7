// SPDX-License-Identifier: Apache-2.0
// DEVICE/trusted.json: whose bundles a tractor takes.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "bundle/keys.h"

namespace furrow::device {

/// None when there is no file. Errors name it: kCorruption, kIoError.
Result<std::vector<bundle::PublicKey>> ReadTrusted(const std::string& folder);
/// Durable when it returns.
Status WriteTrusted(const std::string& folder, const std::vector<bundle::PublicKey>& keys);

}  // namespace furrow::device
