// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/test_support.h"

namespace furrow::http {
namespace {

using test::Pattern;
using test::TestServer;

std::string Url(uint16_t port, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + path;
}

/// Accepts connections and plays one script on each: reads a head, sends the text, closes.
class Script {
 public:
  explicit Script(std::vector<std::string> answers) : answers_(std::move(answers)) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(fd_, 8);
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~Script() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  uint16_t port = 0;
  std::atomic<int> played{0};

 private:
  void Run() {
    for (const std::string& answer : answers_) {
      const int fd = ::accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      char buffer[65536];
      if (::recv(fd, buffer, sizeof buffer, 0) > 0)
        ::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      ::close(fd);
      ++played;
    }
  }
  std::vector<std::string> answers_;
  int fd_ = -1;
  std::thread thread_;
};

TEST(Client, SendsAndKeepsItsConnection) {
  TestServer server;
  Request seen;
  server.handler.handle = [&](Request request, Responder respond) {
    seen = std::move(request);
    Response response = Response::Json(404, "{\"x\": 1}");
    response.headers.Add("X-A", "b");
    respond(std::move(response));
  };
  Client client;
  ClientRequest request{"PUT", Url(server.port, "/p?q=1"), {}, "body"};
  request.headers.Add("Authorization", "Bearer t");
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Send(request);
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->body, "{\"x\": 1}");
    EXPECT_EQ(answer->headers.Get("x-a"), "b");
  }
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/p?q=1");
  EXPECT_EQ(seen.body, "body");
  EXPECT_EQ(seen.headers.Get("Host"), "127.0.0.1:" + std::to_string(server.port));
  EXPECT_EQ(seen.headers.Get("Authorization"), "Bearer t");
  EXPECT_EQ(server.server.stats().connections_open, 1u);
}

TEST(Client, HeadNoContentStreamsAndLargeBodies) {
  TestServer server;
  const std::string bytes = Pattern(3 << 20);
  server.handler.handle = [&](Request request, Responder respond) {
    if (request.raw_path == "/none") return respond(Response{204});
    Response response = Response::Text(200, request.body.empty() ? bytes : request.body);
    if (request.raw_path == "/stream")
      response.stream = [&bytes, n = 0](std::string& chunk) mutable {
        chunk = bytes;
        return ++n < 3;
      };
    respond(std::move(response));
  };
  Client client;
  EXPECT_EQ(client.Send({"HEAD", Url(server.port), {}, ""})->body, "");
  EXPECT_EQ(client.Send({"HEAD", Url(server.port), {}, ""})->headers.Get("Content-Length"),
            std::to_string(bytes.size()));
  EXPECT_EQ(client.Send({"DELETE", Url(server.port, "/none"), {}, ""})->status, 204);
  EXPECT_TRUE(client.Send({"GET", Url(server.port, "/stream"), {}, ""})->body ==
              bytes + bytes + bytes);
  EXPECT_TRUE(client.Send({"POST", Url(server.port), {}, bytes})->body == bytes);
  EXPECT_EQ(server.server.stats().connections_open, 1u);
}

TEST(Client, OpensAgainWhatTheServerHasClosed) {
  auto server = std::make_unique<TestServer>();
  Client client;
  ASSERT_TRUE(client.Send({"GET", Url(server->port), {}, ""}).ok());
  const uint16_t port = server->port;
  server.reset();
  test::TestHandler handler;
  Server again({});
  ASSERT_TRUE(again.Listen(0, {"127.0.0.1", port}, handler).ok());
  ASSERT_TRUE(again.Start().ok());
  const auto answer = client.Send({"GET", Url(port), {}, ""});
  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  again.Drain(std::chrono::milliseconds(0));
}

TEST(Client, SeesARefusalOfABodyItStillSends) {
  ServerOptions options;
  options.max_body_bytes = 10;
  TestServer server(options);
  Client client;
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.Send({"POST", Url(server.port), {}, std::string(5000000, 'x')});
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_EQ(answer->status, 413);
  }
}

TEST(Client, SkipsInterimAnswersAndReadsUntilClose) {
  const Script script(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n"
       "HTTP/1.1 200 OK\r\n\r\nuntil the end"});
  Client client;
  const auto answer = client.Send({"GET", Url(script.port), {}, ""});
  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "until the end");
  EXPECT_FALSE(answer->headers.Has("A"));
}

TEST(Client, ABrokenAnswerIsUnavailable) {
  const std::vector<std::string> broken = {
      "",
      "HTTP/1.1 200",
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "nonsense\r\n\r\n"};
  Script script(broken);
  Client client;
  for (size_t i = 0; i < broken.size(); ++i) {
    const auto answer = client.Send({"GET", Url(script.port), {}, ""});
    ASSERT_FALSE(answer.ok()) << broken[i];
    EXPECT_EQ(answer.status().code(), Code::kUnavailable) << broken[i];
  }
  // A fresh connection is not tried twice.
  const int count = static_cast<int>(broken.size());
  EXPECT_TRUE(test::Eventually([&] { return script.played == count; }));
}

TEST(Client, BoundsTheAnswer) {
  TestServer server;
  server.handler.handle = [](Request, Responder respond) {
    respond(Response::Text(200, std::string(100000, 'x')));
  };
  ClientOptions options;
  options.body_bytes_max = 1000;
  Client client(options);
  const auto answer = client.Send({"GET", Url(server.port), {}, ""});
  EXPECT_EQ(answer.status().code(), Code::kTooLarge);
}

TEST(Client, NamesWhatItCannotReach) {
  uint16_t port = 0;
  {
    TestServer server;
    port = server.port;
  }
  Client client;
  const auto refused = client.Send({"GET", Url(port), {}, ""});
  EXPECT_EQ(refused.status().code(), Code::kUnavailable);
  EXPECT_EQ(refused.status().message(),
            "http://127.0.0.1:" + std::to_string(port) + ": Connection refused");
  EXPECT_EQ(client.Send({"GET", "nonsense", {}, ""}).status().code(), Code::kInvalidArgument);
  ClientRequest split{"GET", Url(port), {}, ""};
  split.headers.Add("X", "a\r\nY: b");
  EXPECT_EQ(client.Send(split).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(client.Send({"GE T", Url(port), {}, ""}).status().code(), Code::kInvalidArgument);
}

TEST(Client, GivesUpOnASilentServer) {
  TestServer server;
  Responder kept;
  server.handler.handle = [&](Request, Responder respond) { kept = std::move(respond); };
  ClientOptions options;
  options.timeout = std::chrono::milliseconds(200);
  Client client(options);
  const auto answer = client.Send({"GET", Url(server.port), {}, ""});
  EXPECT_EQ(answer.status().code(), Code::kUnavailable);
  EXPECT_NE(answer.status().message().find("in time"), std::string::npos);
  server.server.Drain(std::chrono::milliseconds(0));
}

}  // namespace
}  // namespace furrow::http
