// SPDX-License-Identifier: Apache-2.0
#include "api/dispatcher.h"

#include <algorithm>
#include <chrono>

#include "api/request.h"
#include "auth/failure_limiter.h"
#include "auth/secrets.h"
#include "base/forget.h"
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

// A body that is not read: the answer stands already.
class Refused final : public http::BodySink {
 public:
  explicit Refused(http::Response answer) : answer_(std::move(answer)) {}
  std::optional<http::Response> Refusal() override { return answer_; }
  Status Write(std::string_view) override {
    return Status(Code::kPermissionDenied, "this body was refused");
  }
  void Finish(http::Responder respond) override { respond(answer_); }

 private:
  http::Response answer_;
};

// A reason may quote what was sent; as much of it as a person reads.
std::string Cut(std::string text) {
  constexpr size_t kReasonBytesMax = 2000;
  if (text.size() <= kReasonBytesMax) return text;
  size_t end = kReasonBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

// What the caller is told. A failure inside may name files and addresses: those go to the log.
std::string PublicText(const Status& status) {
  if (status.ok()) return "OK";
  if (status.wire()) return Cut(status.message());
  switch (status.code()) {
    case Code::kUnavailable:
      return "The server cannot do this at the moment, try again later";
    case Code::kCorruption:
      return "General data error: what is stored is damaged";
    case Code::kIoError:
    case Code::kInternal:
      return "General server error";
    default:
      return Cut(status.message());
  }
}

bool IsInside(const Status& status) {
  return !status.wire() &&
         (status.code() == Code::kUnavailable || status.code() == Code::kCorruption ||
          status.code() == Code::kIoError || status.code() == Code::kInternal);
}

// Endpoints whose answers carry tokens or secret keys.
bool AnswersSecrets(std::string_view name) {
  return name.starts_with("auth.") || name == "fleet.create_token" || name == "fleet.sign_in";
}

// Without the copy that a Value of it would be.
void WriteObject(std::string& out, const json::Object& object, json::NonFinite non_finite) {
  out += '{';
  bool first = true;
  for (const json::Member& m : object) {
    if (!first) out += ',';
    first = false;
    json::WriteString(out, m.key);
    out += ':';
    json::WriteTo(out, m.value, non_finite);
  }
  out += '}';
}

void WipeTexts(json::Value& value) {
  if (value.IsString()) {
    auth::Wipe(value.mutable_string());
  } else if (value.IsObject()) {
    for (json::Member& m : value.object()) WipeTexts(m.value);
  }
}

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

// `caller`: null without a good token.
Status Dispatcher::Count(const http::RequestHead& head, const auth::Identity* caller) const {
  if (!options_.limits) return {};
  const bool within = caller ? options_.limits->sessions.Take(caller->session_id)
                             : options_.limits->addresses.Take(auth::FloodKey(head.peer_address));
  if (within) return {};
  return Status(Code::kResourceExhausted, auth::kWireTooManyRequests,
                caller ? "Too many requests of this session" : "Too many requests of this address");
}

Status Dispatcher::Identify(const http::RequestHead& head, const Endpoint& endpoint,
                            Call& call) const {
  auto caller = authenticator_.Authenticate(head.headers, call.now);
  FURROW_TRY(Count(head, caller.ok() ? &caller->identity : nullptr));
  if (!caller.ok()) {
    // An open endpoint takes any caller; one that is known is told so.
    return endpoint.permission == auth::Permission::kOpen ? Status() : caller.status();
  }
  if (caller->by_cookie && !auth::CookieCallAllowed(head, endpoint.read_only, options_.origins)) {
    return Fail(kForbidden, "a cookie alone does not authorise this call from that origin");
  }
  FURROW_ASSIGN(call.identity, authenticator_.Effective(caller->identity, head.headers));
  return auth::Require(call.identity, endpoint.permission);
}

std::unique_ptr<http::BodySink> Dispatcher::Accept(const http::RequestHead& head,
                                                   std::string_view path) const {
  if (!head.chunked && head.content_length <= kStrangerBodyMax) return nullptr;
  Call call;
  call.now = clock_.Now();
  Status status = authenticator_.Authenticate(head.headers, call.now).status();
  if (status.ok()) return nullptr;  // counted when it is handled
  Reply reply;
  if (auto target = ParseTarget(path); target.ok()) {
    reply.name = target->name;
    reply.requested_version = reply.actual_version = target->requested_version;
    call.version = target->version;
    const Endpoint* endpoint = Find(target->name, target->version);
    if (endpoint && endpoint->permission == auth::Permission::kOpen) {
      status = Status(Code::kTooLarge, 413'0000, "The body is too large");
    }
  }
  if (const Status counted = Count(head, nullptr); !counted.ok()) status = counted;
  http::Response response = Envelope(head, call, reply, status);
  AllowOrigin(head, response);
  return std::make_unique<Refused>(std::move(response));
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

http::Response Dispatcher::Envelope(const http::RequestHead& head, const Call& call,
                                    const Reply& reply, const Status& status) const {
  const WireCode code = ToWire(status);
  const auto non_finite =
      call.client.starts_with("Webapp") ? json::NonFinite::kNull : json::NonFinite::kTokens;
  const std::string trx(auth::ClientHeader(head.headers, "Trx"));
  const std::string id = NewId();
  if (IsInside(status) && options_.report) options_.report(id, reply.name, status);
  std::string out;
  // Growing would leave a copy of a secret behind.
  out.reserve(AnswersSecrets(reply.name) ? 16 * 1024 : 512);
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
  json::WriteString(out, PublicText(status));
  out += R"(,"error_stack":null,"error_data":{}},"data":)";
  if (status.ok()) {
    WriteObject(out, call.response, non_finite);
  } else {
    out += "{}";
  }
  out += '}';
  http::Response response = http::Response::Json(code.http, std::move(out));
  response.secret = AnswersSecrets(reply.name);
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
  if (response.secret) {
    for (json::Member& m : call.response) WipeTexts(m.value);
    for (const http::Header& h : call.response_headers.all()) Forget(h.value);
    ForgetTraces();
  }
  // Built now, sent once what it tells of is on disk.
  options_.when_durable([this, began, name = std::move(reply.name), respond = std::move(respond),
                         response = std::move(response)](Status durable) mutable {
    if (!durable.ok()) {
      if (options_.report) options_.report("", name, durable);
      response = TransportError(503, PublicText(durable));
    }
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
