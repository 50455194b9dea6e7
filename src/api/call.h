// SPDX-License-Identifier: Apache-2.0
// One call of the API: who asks, what, and the answer being made; and the route tables that name
// every call there is.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/error.h"
#include "api/version.h"
#include "auth/identity.h"
#include "base/status.h"
#include "base/time.h"
#include "http/message.h"
#include "json/value.h"

namespace furrow::api {

class Call {
 public:
  auth::Identity identity;         ///< of the caller; empty on open endpoints
  json::Value request;             ///< body with query arguments merged in: always an object
  std::vector<json::Value> batch;  ///< json-lines bodies: one per line
  std::string_view raw_body;       ///< as received
  Version version = kNewest;       ///< requested; kNewest when none was named
  std::string_view client;         ///< X-ClearML-Client, e.g. "clearml-2.1.7"
  std::string_view worker;         ///< X-ClearML-Worker
  const http::RequestHead* head = nullptr;
  Micros now = 0;  ///< wall time the call arrived

  json::Object response;              ///< becomes `data`
  std::optional<http::Response> raw;  ///< set: sent instead of the envelope
  http::Headers response_headers;     ///< added to the answer

  // Typed reads of the request. An absent or null field gives nullopt/empty; a wrong type is
  // remembered and fails the call with 400/20 (see Check).
  bool Has(std::string_view field) const;  ///< present and not null
  std::string Text(std::string_view field);
  std::string Text(std::string_view field, std::string_view otherwise);
  bool Flag(std::string_view field, bool otherwise = false);
  int64_t Int(std::string_view field, int64_t otherwise);
  std::optional<double> Number(std::string_view field);
  std::vector<std::string> Texts(std::string_view field);  ///< a list, or one text
  const json::Value& Field(std::string_view field) const { return request.At(field); }

  /// 400/12 naming the first of `fields` that is absent or null, or the first wrong type read so
  /// far. Handlers call it after their reads and before they act.
  Status Require(std::initializer_list<std::string_view> fields);
  Status Check() const { return wrong_type_; }

 private:
  void WrongType(std::string_view field, std::string_view wanted);
  Status wrong_type_;
};

/// What a handler needs to run; each service defines its own Context in its header.
template <typename Context>
using HandlerOf = Status (*)(Context&, Call&);

/// What a route asks of its caller. It has no default: a line of a table that names no permission
/// does not compile (tests/hostile/compile_fail).
class Policy {
 public:
  constexpr Policy(auth::Permission permission) : permission_(permission) {}  // NOLINT
  constexpr operator auth::Permission() const { return permission_; }         // NOLINT

 private:
  auth::Permission permission_;
};

/// A line of a service's table.
template <typename Context>
struct RouteOf {
  std::string_view name;  ///< "tasks.create"
  Version since;
  Policy permission;
  HandlerOf<Context> handler;
  bool read_only = false;    ///< may be authorised by a cookie alone on any method
  bool keeps_lines = false;  ///< reads a json-lines body itself, from raw_body
};

/// A route bound to its context, as the dispatcher keeps it.
struct Endpoint {
  std::string_view name;
  Version since;
  Policy permission;
  bool read_only;
  bool keeps_lines;
  std::function<Status(Call&)> run;
};

template <typename Context, size_t N>
void Bind(const RouteOf<Context> (&table)[N], Context& context, std::vector<Endpoint>& out) {
  for (const RouteOf<Context>& r : table) {
    out.push_back({r.name, r.since, r.permission, r.read_only, r.keeps_lines,
                   [&context, handler = r.handler](Call& call) { return handler(context, call); }});
  }
}

}  // namespace furrow::api
