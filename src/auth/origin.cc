// SPDX-License-Identifier: Apache-2.0
#include "auth/origin.h"

#include <algorithm>
#include <cctype>

namespace furrow::auth {
namespace {

bool IsJson(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type == "application/json";
}

}  // namespace

bool OriginAllowed(std::string_view origin, const AllowedOrigins& allowed) {
  if (origin.empty() || origin == "null") return false;
  return std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

bool CookieCallAllowed(const http::RequestHead& head, bool read_only,
                       const AllowedOrigins& allowed) {
  if (read_only) return true;
  if (head.method != "POST" || !IsJson(head.headers.Get("Content-Type"))) return false;
  if (head.headers.Has("Origin")) return OriginAllowed(head.headers.Get("Origin"), allowed);
  return head.headers.Get("Sec-Fetch-Site") == "same-origin";
}

}  // namespace furrow::auth
