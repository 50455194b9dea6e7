// SPDX-License-Identifier: Apache-2.0
// Listening, serving, draining.
#include "http/server.h"

#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "http/test_support.h"

namespace furrow::http {
namespace {

using namespace std::chrono_literals;
using test::Eventually;
using test::RawAnswer;
using test::RawClient;
using test::TestHandler;
using test::TestServer;

constexpr char kGet[] = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Server, AnswersAGetAndKeepsTheConnection) {
  TestServer server;
  RawClient client(server.port);
  for (int i = 0; i < 3; ++i) {
    const RawAnswer answer = client.Ask(kGet);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /a?b=c ");
    EXPECT_EQ(answer.Field("Server"), "clearml");
    EXPECT_EQ(answer.Field("Connection"), "");
    EXPECT_EQ(answer.Field("Date").size(), std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
  }
  EXPECT_EQ(server.handler.handled, 3);
  EXPECT_EQ(server.server.stats().requests, 3u);
  EXPECT_EQ(server.server.stats().connections_open, 1u);
}

TEST(Server, GivesTheHandlerAllOfTheRequest) {
  TestServer server;
  Request seen;
  server.handler.handle = [&](Request request, Responder respond) {
    seen = std::move(request);
    respond(Response::Json(201, "{}"));
  };
  RawClient client(server.port);
  const RawAnswer answer = client.Ask(
      "PATCH /v2.5/tasks%20x?a=%31&b HTTP/1.1\r\nHost: h:1\r\nX-One:  two \r\nx-one: three\r\n"
      "Content-Length: 5\r\n\r\nhello");
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.Field("Content-Type"), "application/json");
  EXPECT_EQ(seen.method, "PATCH");
  EXPECT_EQ(seen.target, "/v2.5/tasks%20x?a=%31&b");
  EXPECT_EQ(seen.raw_path, "/v2.5/tasks%20x");
  EXPECT_EQ(seen.query, "a=%31&b");
  EXPECT_EQ(seen.headers.Get("x-ONE"), "two");
  EXPECT_EQ(seen.headers.all().size(), 4u);
  EXPECT_EQ(seen.content_length, 5u);
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.peer_address, "127.0.0.1");
  EXPECT_EQ(seen.listener, 7);
  EXPECT_FALSE(seen.secure);
}

TEST(Server, SaysWhichPortIsTaken) {
  TestServer first;
  TestHandler handler;
  Server second({});
  const auto taken = second.Listen(0, {"127.0.0.1", first.port}, handler);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.status().code(), Code::kAlreadyExists);
  EXPECT_EQ(taken.status().message(), "port " + std::to_string(first.port) +
                                          " on 127.0.0.1 is taken: stop what listens there or "
                                          "choose another port");
}

TEST(Server, RefusesAddressesThatAreNone) {
  TestHandler handler;
  Server server({});
  for (const char* bad : {"", "somewhere", "127.0.0", "::g", "127.0.0.1:80"})
    EXPECT_EQ(server.Listen(0, {bad, 0}, handler).status().code(), Code::kInvalidArgument) << bad;
  EXPECT_EQ(server.Listen(0, {"192.0.2.1", 0}, handler).status().code(), Code::kInvalidArgument);
}

TEST(Server, ListensOnSeveralPortsAndIPv6) {
  TestHandler first, second;
  std::atomic<int> listener{-1};
  std::string peer;
  second.handle = [&](Request request, Responder respond) {
    listener = request.listener;
    peer = request.peer_address;
    respond(Response::Text(200, "second"));
  };
  Server server({});
  const auto one = server.Listen(1, {"127.0.0.1", 0}, first);
  const auto two = server.Listen(2, {"[::1]", 0}, second);
  ASSERT_TRUE(one.ok());
  if (!two.ok()) GTEST_SKIP() << "no IPv6 here: " << two.status().message();
  ASSERT_TRUE(server.Start().ok());
  RawClient a(*one);
  RawClient b(*two, "::1");
  EXPECT_EQ(a.Ask(kGet).body, "GET /a?b=c ");
  EXPECT_EQ(b.Ask(kGet).body, "second");
  EXPECT_EQ(listener, 2);
  EXPECT_EQ(peer, "::1");
}

TEST(Server, APortIsFreeAgainAtOnce) {
  TestHandler handler;
  uint16_t port = 0;
  for (int i = 0; i < 3; ++i) {
    Server server({});
    const auto bound = server.Listen(0, {"127.0.0.1", port}, handler);
    ASSERT_TRUE(bound.ok()) << bound.status().ToString();
    port = *bound;
    ASSERT_TRUE(server.Start().ok());
    RawClient client(port);
    EXPECT_EQ(client.Ask(kGet).status, 200);
  }
}

TEST(Server, EndsWithoutHavingStarted) {
  TestHandler handler;
  uint16_t port = 0;
  {
    Server server({});
    const auto bound = server.Listen(0, {"127.0.0.1", 0}, handler);
    ASSERT_TRUE(bound.ok());
    port = *bound;
  }
  EXPECT_FALSE(RawClient(port).connected());
}

TEST(Drain, ClosesIdleConnectionsAtOnceAndLetsRequestsEnd) {
  TestServer server;
  std::promise<Responder> kept;
  server.handler.handle = [&](Request request, Responder respond) {
    if (request.raw_path == "/slow") return kept.set_value(std::move(respond));
    respond(Response::Text(200, "ok"));
  };
  RawClient idle(server.port), fresh(server.port), busy(server.port), half(server.port);
  EXPECT_EQ(idle.Ask(kGet).status, 200);
  busy.Send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  half.Send("GET /half HTTP/1.1\r\n");
  const Responder respond = kept.get_future().get();
  ASSERT_TRUE(Eventually([&] { return server.server.stats().connections_open == 4; }));
  std::thread drainer([&] { server.server.Drain(30s); });
  EXPECT_TRUE(idle.Closed());
  EXPECT_TRUE(fresh.Closed());
  EXPECT_FALSE(RawClient(server.port).connected());
  EXPECT_TRUE(busy.Silent());
  const RawAnswer half_answer = half.Ask("Host: x\r\n\r\n");
  EXPECT_EQ(half_answer.status, 200);
  EXPECT_EQ(half_answer.Field("Connection"), "close");
  EXPECT_TRUE(half.Closed());
  respond(Response::Text(200, "done"));
  const RawAnswer answer = busy.Read();
  EXPECT_EQ(answer.body, "done");
  EXPECT_EQ(answer.Field("Connection"), "close");
  EXPECT_TRUE(busy.Closed());
  drainer.join();
  EXPECT_EQ(server.server.stats().connections_open, 0u);
}

TEST(Drain, RunsOutOfPatience) {
  TestServer server;
  std::promise<Responder> kept;
  server.handler.handle = [&](Request, Responder respond) { kept.set_value(std::move(respond)); };
  RawClient client(server.port);
  client.Send(kGet);
  const Responder respond = kept.get_future().get();
  server.server.Drain(10ms);
  EXPECT_TRUE(client.Closed());
  respond(Response::Text(200, "too late"));
  server.server.Drain(10ms);  // once more does nothing
}

TEST(Drain, AResponderMayOutliveItsServer) {
  Responder kept;
  {
    TestServer server;
    std::promise<void> called;
    server.handler.handle = [&](Request, Responder respond) {
      kept = std::move(respond);
      called.set_value();
    };
    RawClient client(server.port);
    client.Send(kGet);
    called.get_future().get();
  }
  kept(Response::Json(200, std::string(5000, ' ')));
  kept = nullptr;
}

TEST(Drain, UnderLoadEveryAnswerIsWholeOrAbsent) {
  TestServer server;
  std::atomic<bool> stop{false};
  std::atomic<int> whole{0}, broken{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      while (!stop) {
        RawClient client(server.port);
        for (int n = 0; n < 20 && !stop && client.connected(); ++n) {
          const RawAnswer answer = client.Ask(kGet);
          if (answer.status == 0) break;
          ++(answer.status == 200 && answer.whole ? whole : broken);
        }
      }
    });
  }
  ASSERT_TRUE(Eventually([&] { return whole > 200; }));
  server.server.Drain(30s);
  stop = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(whole, server.handler.handled);
}

}  // namespace
}  // namespace furrow::http
