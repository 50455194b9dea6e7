// SPDX-License-Identifier: Apache-2.0
#include "api/dispatcher.h"

#include <algorithm>
#include <chrono>

#include "api/request.h"
#include "base/id.h"
#include "json/text.h"

namespace furrow::api {

// What the envelope says of the call besides its data.
struct Dispatcher::Reply {
  std::string name;
  std::string requested_version{kNewestText}, actual_version{kNewestText};
};

namespace {

std::string VersionText(const Version& v) {
  return std::to_string(v.major) + "." + std::to_string(v.minor);
}

// Clients of that age read versions as numbers.
constexpr Version kTextVersionsSince{2, 1};

void WriteVersion(std::string& out, const std::string& text, const Version& requested) {
  if (requested < kTextVersionsSince) {
    out += text;
  } else {
    json::WriteString(out, text);
  }
}

}  // namespace

Dispatcher::Dispatcher(auth::Authenticator& authenticator, const Clock& clock,
                       DispatcherOptions options)
    : authenticator_(authenticator), clock_(clock), options_(std::move(options)) {}

void Dispatcher::Add(std::vector<Endpoint> endpoints) {
  for (Endpoint& e : endpoints) {
    auto& versions = endpoints_[std::string(e.name)];
    versions.push_back(std::move(e));
    std::sort(versions.begin(), versions.end(),
              [](const Endpoint& a, const Endpoint& b) { return a.since < b.since; });
  }
}

const Endpoint* Dispatcher::Find(std::string_view name, const Version& version) const {
  const auto it = endpoints_.find(name);
  if (it == endpoints_.end()) return nullptr;
  const Endpoint* best = nullptr;
  for (const Endpoint& e : it->second) {
    if (e.since <= version) best = &e;
  }
  return best;
}

Status Dispatcher::Identify(const http::Request& request, const Endpoint& endpoint,
                            Call& call) const {
  auto caller = authenticator_.Authenticate(request.headers, call.now);
  if (!caller.ok()) {
    // An open endpoint takes any caller; one that is known is told so.
    return endpoint.permission == auth::Permission::kOpen ? Status() : caller.status();
  }
  if (caller->by_cookie &&
      !auth::CookieCallAllowed(request, endpoint.read_only, options_.origins) &&
      endpoint.permission != auth::Permission::kOpen) {
    return Fail(kForbidden, "a cookie alone does not authorise this call from that origin");
  }
  FURROW_ASSIGN(call.identity, authenticator_.Effective(caller->identity, request.headers));
  return auth::Require(call.identity, endpoint.permission);
}

Status Dispatcher::Run(const http::Request& request, std::string_view path, Call& call,
                       Reply& reply) const {
  FURROW_ASSIGN(const Target target, ParseTarget(path));
  reply.name = target.name;
  reply.requested_version = target.requested_version;
  reply.actual_version = target.requested_version;
  call.version = target.version;
  const Endpoint* endpoint = Find(target.name, target.version);
  if (!endpoint) {
    return Fail(kNotFound, "for name " + target.name + " and version " + target.requested_version);
  }
  reply.actual_version = VersionText(endpoint->since);
  FURROW_TRY(Identify(request, *endpoint, call));
  FURROW_ASSIGN(ParsedBody body, ParseBody(request, endpoint->keeps_lines));
  call.request = std::move(body.request);
  call.batch = std::move(body.batch);
  call.raw_body = request.body;
  FURROW_TRY(endpoint->run(call));
  return call.Check();
}

http::Response Dispatcher::Envelope(const http::Request& request, const Call& call,
                                    const Reply& reply, const Status& status) const {
  const WireCode code = ToWire(status);
  const auto non_finite =
      call.client.starts_with("Webapp") ? json::NonFinite::kNull : json::NonFinite::kTokens;
  const std::string trx(auth::ClientHeader(request.headers, "Trx"));
  const std::string id = NewId();
  std::string out;
  out.reserve(512);
  out += R"({"meta":{"id":)";
  json::WriteString(out, id);
  out += R"(,"trx":)";
  json::WriteString(out, trx.empty() ? id : trx);
  out += R"(,"endpoint":{"name":)";
  json::WriteString(out, reply.name);
  out += R"(,"requested_version":)";
  WriteVersion(out, reply.requested_version, call.version);
  out += R"(,"actual_version":)";
  WriteVersion(out, reply.actual_version, call.version);
  out += R"(},"result_code":)";
  json::WriteInt(out, code.http);
  out += R"(,"result_subcode":)";
  json::WriteInt(out, code.subcode);
  out += R"(,"result_msg":)";
  json::WriteString(out, status.ok() ? "OK" : status.message());
  out += R"(,"error_stack":null,"error_data":{}},"data":)";
  if (status.ok()) {
    json::WriteTo(out, json::Value(call.response), non_finite);
  } else {
    out += "{}";
  }
  out += '}';
  http::Response response = http::Response::Json(code.http, std::move(out));
  if (code.http == 503 || code.http == 429) response.headers.Set("Retry-After", "2");
  return response;
}

void Dispatcher::AllowOrigin(const http::RequestHead& head, http::Response& response) const {
  const std::string_view origin = head.headers.Get("origin");
  if (!auth::OriginAllowed(origin, options_.origins)) return;
  response.headers.Set("Access-Control-Allow-Origin", std::string(origin));
  response.headers.Set("Access-Control-Allow-Credentials", "true");
  response.headers.Set("Vary", "Origin");
  if (head.method != "OPTIONS") return;
  response.headers.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS");
  response.headers.Set("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, X-ClearML-Client, X-ClearML-Worker, "
                       "X-ClearML-Impersonate-As, X-ClearML-Act-As, X-ClearML-Trx");
  response.headers.Set("Access-Control-Max-Age", "600");
}

void Dispatcher::Handle(const http::Request& request, std::string_view path,
                        http::Responder respond) const {
  if (request.method == "OPTIONS") {
    http::Response response = http::Response::Text(200, "");
    AllowOrigin(request, response);
    return respond(std::move(response));
  }
  const auto began = clock_.Steady();
  Call call;
  Reply reply;
  call.now = clock_.Now();
  call.head = &request;
  call.client = auth::ClientHeader(request.headers, "Client");
  call.worker = auth::ClientHeader(request.headers, "Worker");
  const Status status = Run(request, path, call, reply);

  http::Response response =
      status.ok() && call.raw ? std::move(*call.raw) : Envelope(request, call, reply, status);
  for (const http::Header& h : call.response_headers.all()) response.headers.Add(h.name, h.value);
  AllowOrigin(request, response);
  // Built now, sent once what it tells of is on disk.
  options_.when_durable([this, began, name = std::move(reply.name), respond = std::move(respond),
                         response = std::move(response)](Status durable) mutable {
    if (!durable.ok()) response = TransportError(503, durable.message());
    if (options_.observe) {
      options_.observe(name, response.status,
                       std::chrono::duration<double>(clock_.Steady() - began).count());
    }
    respond(std::move(response));
  });
}

http::Response Dispatcher::TransportError(int status, std::string_view why) const {
  std::string out = R"({"meta":{"id":")" + NewId() + R"(","trx":"","endpoint":{"name":"",)" +
                    R"("requested_version":"","actual_version":""},"result_code":)";
  json::WriteInt(out, status);
  out += R"(,"result_subcode":0,"result_msg":)";
  json::WriteString(out, why);
  out += R"(,"error_stack":null,"error_data":{}},"data":{}})";
  http::Response response = http::Response::Json(status, std::move(out));
  if (status == 503 || status == 429) response.headers.Set("Retry-After", "2");
  return response;
}

}  // namespace furrow::api
