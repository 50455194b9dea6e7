// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "webui/pages.h"

namespace furrow::webui {
namespace {

constexpr std::string_view kEntrance = "/fleet";

// Scripts and styles are the server's own files, reports are framed without rights of their own,
// and nothing is asked of anybody else.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

const Page* Find(std::string_view path) {
  const auto pages = Pages();
  const auto at = std::lower_bound(pages.begin(), pages.end(), path,
                                   [](const Page& p, std::string_view x) { return p.path < x; });
  return at != pages.end() && at->path == path ? &*at : nullptr;
}

// "gzip" among the codings that the client takes, not refused with q=0.
bool TakesGzip(std::string_view field) {
  while (!field.empty()) {
    const size_t comma = std::min(field.find(','), field.size());
    std::string item(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    std::erase(item, ' ');
    if (item == "gzip" || (item.starts_with("gzip;q=") && !item.starts_with("gzip;q=0"))) {
      return true;
    }
    if (item.starts_with("gzip;q=0.") && item.find_first_of("123456789") != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view Entrance() { return Find(kEntrance) ? kEntrance : std::string_view(); }

std::optional<http::Response> Serve(const http::RequestHead& head) {
  if (head.method != "GET" && head.method != "HEAD") return std::nullopt;
  const Page* page = Find(head.raw_path);
  if (!page) return std::nullopt;
  http::Response response;
  response.headers.Set("Content-Type", std::string(page->type));
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("Content-Security-Policy", kPolicy);
  response.headers.Set("Referrer-Policy", "no-referrer");
  response.headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.Set("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.Set("Vary", "Accept-Encoding");
  response.headers.Set("ETag", std::string(page->tag));
  response.headers.Set("Cache-Control",
                       page->kept ? "public, max-age=31536000, immutable" : "no-cache");
  if (head.headers.Get("if-none-match") == page->tag) {
    response.status = 304;
    return response;
  }
  if (TakesGzip(head.headers.Get("accept-encoding"))) {
    response.headers.Set("Content-Encoding", "gzip");
    response.body = page->gzip;
  } else {
    response.body = page->plain;
  }
  return response;
}

}  // namespace furrow::webui
