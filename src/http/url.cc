// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include "http/text.h"

namespace furrow::http {

Result<Url> ParseUrl(std::string_view text) {
  const auto bad = [&](const char* why) {
    return Status(Code::kInvalidArgument, "bad URL '" + std::string(text) + "': " + why);
  };
  Url url;
  std::string_view rest = text.substr(0, text.find('#'));
  for (const char c : rest)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return bad("it holds a space");
  const size_t scheme_end = rest.find("://");
  if (scheme_end == std::string_view::npos) return bad("it has no scheme");
  const std::string_view scheme = rest.substr(0, scheme_end);
  if (EqualNoCase(scheme, "https")) {
    url.secure = true;
  } else if (!EqualNoCase(scheme, "http")) {
    return bad("it is neither http nor https");
  }
  rest.remove_prefix(scheme_end + 3);
  const size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  rest.remove_prefix(authority_end);
  url.target = rest;
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");
  if (authority.find('@') != std::string_view::npos) return bad("it holds a user name");

  std::string_view host = authority;
  std::string_view port;
  if (!host.empty() && host.front() == '[') {
    const size_t close = host.find(']');
    if (close == std::string_view::npos) return bad("']' is missing");
    port = host.substr(close + 1);
    host = host.substr(1, close - 1);
    if (!port.empty() && port.front() != ':') return bad("bad port");
  } else {
    const size_t colon = host.find(':');
    if (colon != std::string_view::npos) {
      port = host.substr(colon);
      host = host.substr(0, colon);
    }
  }
  if (host.empty()) return bad("it has no host");
  url.host = host;
  url.port = url.secure ? 443 : 80;
  if (port.size() > 1) {
    uint64_t value = 0;
    if (!ParseDecimal(port.substr(1), value) || value == 0 || value > 65535) return bad("bad port");
    url.port = static_cast<uint16_t>(value);
  }
  url.authority = authority;
  return url;
}

}  // namespace furrow::http
