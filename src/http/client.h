// SPDX-License-Identifier: Apache-2.0
// A blocking HTTP/1.1 client for http:// and https:// URLs, one keep-alive connection per host.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/status.h"
#include "http/message.h"

namespace furrow::http {

struct ClientOptions {
  std::chrono::milliseconds timeout{30000};
  std::string ca_file;  ///< PEM; empty = the system's
  size_t body_bytes_max = 1ull << 30;
};

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< absolute
  Headers headers;
  std::string body;
};

/// Not thread-safe: one per thread.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  /// Sends and waits. A status of 400 or more is an answer, not an error. Errors: kUnavailable when
  /// the host cannot be reached or the answer did not come whole, kInvalidArgument for a bad URL.
  /// A kept connection that turns out closed is opened again once.
  Result<Response> Send(const ClientRequest& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::http
