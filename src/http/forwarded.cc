// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include <arpa/inet.h>

#include <algorithm>

#include "http/text.h"

namespace furrow::http {
namespace {

constexpr std::string_view kField = "x-forwarded-for";

}  // namespace

std::optional<std::string> PlainAddress(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string copy(text);
  char out[INET6_ADDRSTRLEN] = {};
  in_addr four{};
  if (::inet_pton(AF_INET, copy.c_str(), &four) == 1) {
    return std::string(::inet_ntop(AF_INET, &four, out, sizeof(out)));
  }
  in6_addr six{};
  if (::inet_pton(AF_INET6, copy.c_str(), &six) != 1) return std::nullopt;
  if (IN6_IS_ADDR_V4MAPPED(&six)) {
    return std::string(::inet_ntop(AF_INET, &six.s6_addr[12], out, sizeof(out)));
  }
  return std::string(::inet_ntop(AF_INET6, &six, out, sizeof(out)));
}

std::string ClientAddress(const Headers& headers, const std::string& peer,
                          const std::vector<std::string>& trusted) {
  const auto is_trusted = [&](const std::string& address) {
    return std::find(trusted.begin(), trusted.end(), address) != trusted.end();
  };
  if (trusted.empty()) return peer;
  std::string client = PlainAddress(peer).value_or(peer);
  if (!is_trusted(client)) return peer;
  // From the last line's end: each proxy adds there whom it was asked by.
  const auto& all = headers.all();
  for (auto line = all.rbegin(); line != all.rend(); ++line) {
    if (!EqualNoCase(line->name, kField)) continue;
    std::string_view rest = line->value;
    for (;;) {
      const size_t comma = rest.rfind(',');
      const auto address =
          PlainAddress(Trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1)));
      if (!address) return client;
      client = *address;
      if (!is_trusted(client)) return client;
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return client;
}

}  // namespace furrow::http
