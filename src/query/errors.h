// SPDX-License-Identifier: Apache-2.0
// The wire codes this layer answers with.
#pragma once

#include <string>
#include <utility>

#include "base/status.h"

namespace furrow::query {

/// 400/12: a request that cannot be understood.
inline Status BadRequest(std::string message) {
  return {Code::kInvalidArgument, 4000012, std::move(message)};
}

/// 400/1104.
inline Status BadScroll(std::string message) {
  return {Code::kInvalidArgument, 4001104, std::move(message)};
}

}  // namespace furrow::query
