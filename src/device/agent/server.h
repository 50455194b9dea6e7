// SPDX-License-Identifier: Apache-2.0
// The server as a tractor sees it: the calls of docs/loop.md, and files.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "bundle/keys.h"
#include "http/client.h"
#include "json/value.h"

namespace furrow::device {

/// Keys out of an answer or out of trusted.json. Those that are none are left out.
std::vector<bundle::PublicKey> ParseKeys(const json::Value& list);

/// Not thread-safe. Errors: kUnavailable when the server cannot be reached or has no time (try
/// again), kUnauthenticated when it does not know this tractor, kNotFound, kInvalidArgument with
/// the server's words for the rest.
class Server {
 public:
  Server(std::string api, std::string files, const std::string& ca_file);

  /// Without signing in.
  Result<json::Value> Ask(std::string_view endpoint, const json::Value& request);
  /// Signs in with `key` when there is no token, or none that is good.
  Result<json::Value> Call(std::string_view endpoint, const json::Value& request);
  void SignAs(std::string tractor, bundle::SigningKey key);

  /// Bytes of a file from `offset` on, at most `length`. `url` is a path on the file server, or
  /// absolute on one of the two servers: a token goes nowhere else. Empty at the file's end.
  Result<std::string> Fetch(const std::string& url, uint64_t offset, uint64_t length);
  /// Puts a file there.
  Status Upload(const std::string& path, std::string_view content);

 private:
  Result<json::Value> Post(std::string_view endpoint, const json::Value& request,
                           const std::string& token, int& status);
  Status SignIn();

  const std::string api_, files_;
  http::Client http_;
  std::string tractor_;
  std::unique_ptr<bundle::SigningKey> key_;
  std::string token_;
  std::chrono::steady_clock::time_point token_until_;
};

}  // namespace furrow::device
