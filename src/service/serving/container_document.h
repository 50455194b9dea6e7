// SPDX-License-Identifier: Apache-2.0
// A serving container as it is kept: what it says of itself (container_id, endpoint_name,
// endpoint_url, model_name… as reported) and {id, user, company, register_time, register_timeout,
// last_update, reported}.
#pragma once

#include <string>

#include "base/time.h"
#include "json/value.h"

namespace furrow::service::serving {

inline constexpr int64_t kTimeoutSeconds = 600;

/// The document's id: 32 hex made from the container's own.
std::string ContainerKey(const std::string& container_id);

int64_t SilentSeconds(const json::Value& container, Micros now);
bool IsAlive(const json::Value& container, Micros now);

}  // namespace furrow::service::serving
