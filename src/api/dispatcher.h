// SPDX-License-Identifier: Apache-2.0
// From an HTTP request to the endpoint that answers it: path, version, caller, permission, limits,
// handler, envelope.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "auth/authenticator.h"
#include "auth/origin.h"
#include "auth/rate_limiter.h"
#include "base/time.h"
#include "http/message.h"
#include "http/server.h"

namespace furrow::api {

struct DispatcherOptions {
  auth::AllowedOrigins origins;  ///< pages of ours; others get no CORS grant
  /// Calls back once everything written so far is on disk; every answer waits for it.
  std::function<void(std::function<void(Status)>)> when_durable;
  /// Told of each call as it is answered: name, HTTP status, seconds.
  std::function<void(std::string_view name, int status, double seconds)> observe;
  /// Told what went wrong inside, which no caller is told: the call's id (meta.id of the answer),
  /// its name, the failure.
  std::function<void(std::string_view id, std::string_view name, const Status&)> report;
  auth::RequestLimits* limits = nullptr;  ///< outlives the dispatcher; null: no bound
};

/// Thread-safe once all endpoints are added.
class Dispatcher {
 public:
  Dispatcher(auth::Authenticator& authenticator, const Clock& clock, DispatcherOptions options);

  /// Adds endpoints; two of one name must differ in version.
  void Add(std::vector<Endpoint> endpoints);

  /// As http::Handler's. Whoever shows no good token may send kStrangerBodyMax bytes, no more: the
  /// rest of the body is not read.
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead& head,
                                         std::string_view path) const;
  static constexpr uint64_t kStrangerBodyMax = 64 * 1024;

  /// Answers a call. `path` is the request's decoded path without any "/api" in front.
  void Handle(const http::Request& request, std::string_view path, http::Responder respond) const;

  /// What a failure of the transport looks like in this API.
  http::Response TransportError(int status, std::string_view why) const;

  /// Every endpoint, sorted by name then version.
  const std::map<std::string, std::vector<Endpoint>, std::less<>>& endpoints() const {
    return endpoints_;
  }

 private:
  struct Reply;
  const Endpoint* Find(std::string_view name, const Version& version) const;
  Status Run(const http::Request& request, std::string_view path, Call& call, Reply& reply) const;
  Status Identify(const http::RequestHead& head, const Endpoint& endpoint, Call& call) const;
  Status Count(const http::RequestHead& head, const auth::Identity* caller) const;
  http::Response Envelope(const http::RequestHead& head, const Call& call, const Reply& reply,
                          const Status& status) const;
  void AllowOrigin(const http::RequestHead& head, http::Response& response) const;

  auth::Authenticator& authenticator_;
  const Clock& clock_;
  const DispatcherOptions options_;
  std::map<std::string, std::vector<Endpoint>, std::less<>> endpoints_;
};

}  // namespace furrow::api
