// SPDX-License-Identifier: Apache-2.0
// Who a request comes from when a proxy passed it on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace furrow::http {

/// An IP address as the system writes it, IPv4 inside of IPv6 as IPv4; nullopt for anything else.
std::optional<std::string> PlainAddress(std::string_view text);

/// `peer`, or, when that is one of `trusted`, whom it names in X-Forwarded-For: the last address
/// there that is not trusted itself, for only what a trusted proxy added is worth anything. A field
/// that cannot be read leaves the last address that could. `trusted` are plain addresses.
std::string ClientAddress(const Headers& headers, const std::string& peer,
                          const std::vector<std::string>& trusted);

}  // namespace furrow::http
