// SPDX-License-Identifier: Apache-2.0
// The parts of an absolute http:// or https:// URL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace furrow::http {

struct Url {
  bool secure = false;
  std::string host;  ///< without brackets
  uint16_t port = 0;
  std::string target;     ///< path and query as sent, never empty
  std::string authority;  ///< for the Host field
};

/// Errors: kInvalidArgument. A fragment is dropped; user names in a URL are refused.
Result<Url> ParseUrl(std::string_view text);

}  // namespace furrow::http
