// SPDX-License-Identifier: Apache-2.0
// Which calls a cookie alone may authorise. A browser adds the cookie to requests that any page
// starts, so a call that changes something must also prove that one of our own pages made it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace furrow::auth {

/// Origins of our own pages, e.g. "http://localhost:8080": exact, never a pattern.
using AllowedOrigins = std::vector<std::string>;

/// True when the call may go on. `read_only`: it changes nothing (downloads, queries), then any
/// method will do. Else it must be POST with a JSON body, and its Origin one of `allowed`, or, when
/// the browser sent none, Sec-Fetch-Site "same-origin". Calls with a bearer token need not ask.
bool CookieCallAllowed(const http::RequestHead& head, bool read_only,
                       const AllowedOrigins& allowed);

/// True when `origin` is in the list; an empty or "null" one never is.
bool OriginAllowed(std::string_view origin, const AllowedOrigins& allowed);

}  // namespace furrow::auth
