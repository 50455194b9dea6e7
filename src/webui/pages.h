// SPDX-License-Identifier: Apache-2.0
// The web pages inside the program: one table, made by web/build.mjs. No path of a request opens a
// file; what is not in the table is not there.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "http/message.h"

namespace furrow::webui {

struct Page {
  std::string_view path;   ///< "/fleet", "/assets/app-K3J2.js"
  std::string_view type;   ///< Content-Type
  std::string_view tag;    ///< ETag, with its quotes
  bool kept = false;       ///< named by its content: a browser may keep it for ever
  std::string_view plain;  ///< the bytes
  std::string_view gzip;   ///< the same, packed when the program was built
};

/// Sorted by path; empty in a program that was built without pages.
std::span<const Page> Pages();

/// Where the pages are entered; empty in a program that was built without them.
std::string_view Entrance();

/// The answer to a GET or HEAD, or nullopt when no page has that path. Thread-safe.
std::optional<http::Response> Serve(const http::RequestHead& head);

}  // namespace furrow::webui
