// SPDX-License-Identifier: Apache-2.0
// A client of the HTTP API: signs in, calls, renews. What the command line and any other program of
// ours uses, exactly as a foreign client would.
//
//   FURROW_ASSIGN(client::Target target, client::FindTarget({}));
//   client::Session session(target);
//   FURROW_ASSIGN(json::Value data, session.Call("tasks.get_all", json::Object{{"page_size",
//   20}}));
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "http/client.h"
#include "json/value.h"

namespace furrow::client {

/// Where the server is and who calls.
struct Target {
  std::string api, web, files;  ///< URLs without a trailing '/'
  std::string access_key, secret_key;
};

/// What the user said; empty members are looked up.
struct TargetHints {
  std::string api, access_key, secret_key;
  std::string data_dir;  ///< a server's own directory on this machine
};

/// The hints, then the CLEARML_* environment variables, then the data directory (or FURROW_DATA),
/// then ~/clearml.conf. Errors: kInvalidArgument saying what is missing and how to give it.
Result<Target> FindTarget(const TargetHints& hints);

/// Not thread-safe.
class Session {
 public:
  explicit Session(Target target);

  /// The answer's `data`. Errors carry the server's message and wire code.
  Result<json::Value> Call(std::string_view endpoint, const json::Value& request);
  /// Sends json-lines, one value a line.
  Result<json::Value> CallBatch(std::string_view endpoint, const json::Array& lines);
  /// Puts a file on the file server under `path` ("project/run/report.json"), replacing one that is
  /// there, and returns its URL. Errors: kFailedPrecondition when no file server is known; the
  /// server's own.
  Result<std::string> Upload(const std::string& path, std::string_view content,
                             const std::string& type);
  const Target& target() const { return target_; }

 private:
  Status SignIn();
  Result<json::Value> Send(std::string_view endpoint, const std::string& body, const char* type);

  Target target_;
  http::Client http_;
  std::string token_;
};

}  // namespace furrow::client
