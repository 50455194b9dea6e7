// SPDX-License-Identifier: Apache-2.0
// Listening, serving, draining.
#include "http/server.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

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

}  // namespace
}  // namespace furrow::http
