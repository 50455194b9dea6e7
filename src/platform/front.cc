// SPDX-License-Identifier: Apache-2.0
#include "platform/front.h"

#include "json/text.h"
#include "webui/pages.h"

namespace furrow::platform {
namespace {

bool IsLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

// From this machine itself: a proxy on it speaks for others, and says so as proxies do.
bool IsFromHere(const http::Request& request) {
  for (const char* field : {"x-forwarded-for", "x-real-ip", "forwarded", "via"}) {
    if (request.headers.Has(field)) return false;
  }
  return IsLoopback(request.peer_address);
}

bool Reads(const http::RequestHead& head) { return head.method == "GET" || head.method == "HEAD"; }

// /health, /ready and /metrics stand on every port. True when the request was one of them.
bool AnswerOwn(Front& front, const http::Request& request, const http::Responder& respond) {
  if (!Reads(request)) return false;
  if (request.raw_path == "/health") {
    respond(http::Response::Json(200, R"({"status":"ok"})"));
  } else if (request.raw_path == "/ready") {
    const bool ready = front.ready;
    // A full disk is no reason to send readers elsewhere: the answer says so and stays 200.
    respond(http::Response::Json(ready ? 200 : 503,
                                 std::string(R"({"status":")") + (ready ? "ready" : "starting") +
                                     R"(","disk":")" + front.disk.load() + R"("})"));
  } else if (request.raw_path == "/metrics") {
    const bool token = !front.metrics_token.empty() &&
                       request.headers.Get("authorization") == "Bearer " + front.metrics_token;
    if (!token && !IsFromHere(request)) {
      respond(http::Response::Text(403, "metrics answer on loopback or with the metrics token\n"));
    } else {
      respond(http::Response::Text(200, front.metrics.Text(), "text/plain; version=0.0.4"));
    }
  } else {
    return false;
  }
  return true;
}

// The path without `prefix`; nullopt when it does not stand there as a whole element.
std::optional<std::string_view> Below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return path;
}

class Base : public http::Handler {
 public:
  explicit Base(Front& front) : front_(front) {}
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead&) override { return nullptr; }
  http::Response TransportError(int status, std::string_view why) override {
    return front_.dispatcher->TransportError(status, why);
  }

 protected:
  Front& front_;
};

class Api final : public Base {
 public:
  using Base::Base;
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead& head) override {
    return front_.dispatcher->Accept(head, head.raw_path);
  }
  void Handle(http::Request request, http::Responder respond) override {
    if (AnswerOwn(front_, request, respond)) return;
    front_.dispatcher->Handle(request, request.raw_path, std::move(respond));
  }
};

class Files final : public Base {
 public:
  using Base::Base;
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead& head) override {
    return front_.files.Accept(head, head.raw_path);
  }
  void Handle(http::Request request, http::Responder respond) override {
    if (AnswerOwn(front_, request, respond)) return;
    const std::string path = request.raw_path;
    front_.files.Handle(std::move(request), path, std::move(respond));
  }
};

class Web final : public Base {
 public:
  using Base::Base;
  std::unique_ptr<http::BodySink> Accept(const http::RequestHead& head) override {
    if (const auto path = Below(head.raw_path, "/files")) return front_.files.Accept(head, *path);
    const auto call = Below(head.raw_path, "/api");
    return front_.dispatcher->Accept(head, call ? *call : head.raw_path);
  }
  void Handle(http::Request request, http::Responder respond) override {
    if (AnswerOwn(front_, request, respond)) return;
    if (const auto path = Below(request.raw_path, "/api")) {
      front_.dispatcher->Handle(request, *path, std::move(respond));
    } else if (const auto file = Below(request.raw_path, "/files")) {
      const std::string copy(*file);
      front_.files.Handle(std::move(request), copy, std::move(respond));
    } else if (request.raw_path == "/" && Reads(request)) {
      http::Response page =
          http::Response::Text(200, WelcomePage(front_.urls), "text/html; charset=utf-8");
      page.headers.Set("Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'");
      page.headers.Set("X-Content-Type-Options", "nosniff");
      respond(std::move(page));
    } else if (request.raw_path == "/live/fleet") {
      respond(front_.live->Open(request));
    } else if (auto ours = webui::Serve(request)) {
      respond(std::move(*ours));
    } else if (request.raw_path == "/style.css" && Reads(request)) {
      respond(http::Response::Text(200, std::string(kStyle), "text/css; charset=utf-8"));
    } else {
      respond(http::Response::Text(
          404, "nothing here; the API is under /api, files are under /files\n"));
    }
  }
};

}  // namespace

std::unique_ptr<http::Handler> ApiHandler(Front& front) { return std::make_unique<Api>(front); }
std::unique_ptr<http::Handler> FilesHandler(Front& front) { return std::make_unique<Files>(front); }
std::unique_ptr<http::Handler> WebHandler(Front& front) { return std::make_unique<Web>(front); }

}  // namespace furrow::platform
