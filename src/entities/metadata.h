// SPDX-License-Identifier: Apache-2.0
// The free metadata of queues and models: items {key, type, value} by their escaped keys.
#pragma once

#include "base/status.h"
#include "json/value.h"

namespace furrow::entities {

/// From a list of items, or a map of them, to the map as it is kept. Null: an empty one. Errors:
/// 400/12 for an item without a key, 400/20 for another shape.
Result<json::Value> ReadMetadata(const json::Value& metadata);

}  // namespace furrow::entities
