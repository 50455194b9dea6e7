// SPDX-License-Identifier: Apache-2.0
// One HTTP request and its answer, free of any library's types.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace furrow::http {

class Feed;

struct Header {
  std::string name;
  std::string value;
};

/// Header fields in order of arrival; names compare without case. The values of credentials are
/// wiped from memory with the object.
class Headers {
 public:
  Headers() = default;
  Headers(const Headers&) = default;
  Headers(Headers&&) noexcept = default;
  Headers& operator=(const Headers&) = default;
  Headers& operator=(Headers&&) noexcept = default;
  ~Headers();

  /// The first value under `name`, "" when absent.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  void Add(std::string name, std::string value);
  /// Replaces all of that name.
  void Set(std::string name, std::string value);
  const std::vector<Header>& all() const { return all_; }

 private:
  std::vector<Header> all_;
};

/// A request's line and fields, before its body was read.
struct RequestHead {
  std::string method;    ///< as sent, e.g. "GET"
  std::string target;    ///< as sent, query included
  std::string raw_path;  ///< before '?', still percent-encoded
  std::string query;     ///< after '?', still encoded, "" when none
  Headers headers;
  uint64_t content_length = 0;  ///< 0 when chunked or absent
  bool chunked = false;
  std::string peer_address;  ///< the socket's peer, or whom a trusted proxy asks for; no port
  bool secure = false;       ///< came over TLS
  int listener = 0;          ///< the id given to Server::Listen
};

struct Request : RequestHead {
  std::string body;
};

/// A span of an open file to send. The descriptor is closed when the last copy goes.
struct FileSpan {
  std::shared_ptr<int> fd;
  uint64_t offset = 0;
  uint64_t length = 0;
  /// When set, asked on a pool thread for each stretch of the file just before it is sent; false
  /// closes the connection instead.
  std::function<bool(uint64_t offset, uint64_t length)> check;
};

struct Response {
  int status = 200;
  Headers headers;  ///< Content-Length, Connection and Date are the server's
  std::string body;
  FileSpan file;  ///< sent instead of `body` when fd is set
  /// When set, called on a pool thread again and again until it returns false; what it appends to
  /// `chunk` is sent chunked. For downloads too large to hold.
  std::function<bool(std::string& chunk)> stream;
  /// When set, what is pushed there is sent as it comes, until it ends or the client goes away:
  /// feed.h. A server that drains closes it at once.
  std::shared_ptr<Feed> feed;
  /// The body holds a secret: it is not compressed, and wiped from memory once it was sent.
  bool secret = false;

  /// Their type is not to be guessed by whoever reads them (nosniff).
  static Response Text(int status, std::string body,
                       std::string type = "text/plain; charset=utf-8");
  static Response Json(int status, std::string body);
};

/// Called exactly once, from any thread.
using Responder = std::function<void(Response)>;

/// Decodes %XX (and '+' to a space when `plus`). False on a malformed escape.
bool PercentDecode(std::string_view text, bool plus, std::string& out);
/// Encodes everything but unreserved characters and those in `keep`.
std::string PercentEncode(std::string_view text, std::string_view keep = "/");
/// name=value pairs of a query or form body, decoded, in order; malformed pairs are dropped.
std::vector<std::pair<std::string, std::string>> ParseQuery(std::string_view query);
/// The value of a cookie in a Cookie header, "" when absent.
std::string CookieValue(std::string_view header, std::string_view name);
/// The standard text of a status code.
std::string_view ReasonPhrase(int status);

}  // namespace furrow::http
