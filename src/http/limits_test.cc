// SPDX-License-Identifier: Apache-2.0
// Every bound of a server, reached.
#include <sys/resource.h>

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/test_support.h"

namespace furrow::http {
namespace {

using test::Eventually;
using test::RawAnswer;
using test::RawClient;
using test::ResidentBytes;
using test::TestServer;

std::string Post(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

TEST(Limits, HeadersAre431) {
  TestServer server;
  {
    RawClient client(server.port);
    EXPECT_EQ(client.Ask(Post("X: " + std::string(17 * 1024, 'a') + "\r\n")).status, 431);
  }
  {
    RawClient client(server.port);
    client.Send("GET /" + std::string(17 * 1024, 'a'));  // without an end
    EXPECT_EQ(client.Read().status, 431);
  }
  {
    std::string fields;
    for (int i = 0; i < 100; ++i) fields += "X: y\r\n";
    RawClient client(server.port);
    EXPECT_EQ(client.Ask(Post(fields)).status, 431);
  }
}

TEST(Limits, ABodyTooLargeIsRefusedBeforeItIsRead) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  TestServer server(options);
  {
    RawClient client(server.port);
    const RawAnswer answer = client.Ask(Post("Content-Length: 1001\r\n"));  // no body at all
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.Field("Connection"), "close");
  }
  {
    // A client that sends all of it before it looks still sees the answer.
    RawClient client(server.port);
    client.Send(Post("Content-Length: 20000000\r\n"));
    EXPECT_TRUE(client.Send(std::string(20000000, 'x')));
    EXPECT_EQ(client.Read().status, 413);
    EXPECT_TRUE(client.Closed());
  }
  {
    RawClient client(server.port);
    std::string body(1000, 'x');
    EXPECT_EQ(client.Ask(Post("Content-Length: 1000\r\n") + body).status, 200);
  }
  {
    RawClient client(server.port);
    EXPECT_EQ(client
                  .Ask(Post("Transfer-Encoding: chunked\r\n") + "3e9\r\n" + std::string(1001, 'x') +
                       "\r\n0\r\n\r\n")
                  .status,
              413);
  }
  {
    RawClient client(server.port);
    EXPECT_EQ(client
                  .Ask(Post("Transfer-Encoding: chunked\r\n") + "3e8\r\n" + std::string(1000, 'x') +
                       "\r\n0\r\n\r\n")
                  .status,
              200);
  }
}

TEST(Limits, AllBodiesTogetherAreBounded) {
  ServerOptions options;
  options.bodies_bytes_max = 100000;
  TestServer server(options);
  std::promise<Responder> kept;
  server.handler.handle = [&](Request request, Responder respond) {
    if (request.body.size() == 60000) return kept.set_value(std::move(respond));
    respond(Response::Text(200, "ok"));
  };
  RawClient first(server.port);
  first.Send(Post("Content-Length: 60000\r\n") + std::string(60000, 'a'));
  const Responder respond = kept.get_future().get();
  {
    RawClient second(server.port);
    const RawAnswer answer =
        second.Ask(Post("Content-Length: 60001\r\n") + std::string(60001, 'b'));
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.Field("Retry-After"), "1");
  }
  {
    RawClient small(server.port);
    EXPECT_EQ(small.Ask(Post("Content-Length: 20000\r\n") + std::string(20000, 'c')).status, 200);
  }
  respond(Response::Text(200, "ok"));
  EXPECT_EQ(first.Read().status, 200);
  RawClient third(server.port);
  EXPECT_EQ(third.Ask(Post("Content-Length: 60001\r\n") + std::string(60001, 'd')).status, 200);
}

TEST(Limits, AFullPoolIs503AndTheConnectionGoesOn) {
  ServerOptions options;
  options.pool_threads = 1;
  options.pool_queue_max = 2;
  TestServer server(options);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  server.handler.handle = [&](Request, Responder respond) {
    released.wait();
    respond(Response::Text(200, "ok"));
  };
  std::vector<std::unique_ptr<RawClient>> busy;
  for (int i = 0; i < 3; ++i) {
    busy.push_back(std::make_unique<RawClient>(server.port));
    busy.back()->Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const uint64_t queued = static_cast<uint64_t>(i);
    ASSERT_TRUE(Eventually(
        [&] { return server.handler.handled == 1 && server.server.stats().pool_queue == queued; }));
  }
  RawClient client(server.port);
  const RawAnswer answer = client.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Field("Retry-After"), "1");
  EXPECT_EQ(answer.Field("X-Transport"), "yes");
  EXPECT_EQ(answer.Field("Connection"), "");
  release.set_value();
  for (const auto& one : busy) EXPECT_EQ(one->Read().status, 200);
  EXPECT_EQ(client.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST(Limits, ConnectionsBeyondTheBoundAreClosed) {
  ServerOptions options;
  options.connections_max = 2;
  TestServer server(options);
  RawClient first(server.port);
  auto second = std::make_unique<RawClient>(server.port);
  EXPECT_EQ(first.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_EQ(second->Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  RawClient third(server.port);
  EXPECT_TRUE(third.Closed());
  EXPECT_EQ(server.server.stats().refused, 1u);
  second.reset();
  ASSERT_TRUE(Eventually([&] { return server.server.stats().connections_open == 1; }));
  RawClient fourth(server.port);
  EXPECT_EQ(fourth.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

TEST(Limits, UnfinishedHeadsAndIdleConnectionsEnd) {
  ServerOptions options;
  options.header_timeout = std::chrono::seconds(1);
  options.idle_timeout = std::chrono::seconds(1);
  TestServer server(options);
  RawClient nothing(server.port);
  RawClient half(server.port);
  half.Send("GET / HTTP/1.1\r\nHo");
  RawClient idle(server.port);
  EXPECT_EQ(idle.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  RawClient blank(server.port);
  blank.Send("\r\n");
  EXPECT_TRUE(nothing.Closed());
  EXPECT_EQ(half.Read().status, 408);
  half.EndWrites();
  EXPECT_TRUE(half.Closed());
  EXPECT_TRUE(idle.Closed());
  EXPECT_TRUE(blank.Closed());
}

TEST(Limits, ASlowBodyEnds) {
  ServerOptions options;
  options.header_timeout = std::chrono::seconds(1);
  TestServer server(options);
  RawClient stalled(server.port);
  stalled.Send(Post("Content-Length: 1000000\r\n") + "a little");
  RawClient dripping(server.port);
  dripping.Send(Post("Transfer-Encoding: chunked\r\n"));
  std::atomic<bool> stop{false};
  std::thread drip([&] {
    while (!stop) {
      dripping.Send("1\r\nx\r\n");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  EXPECT_EQ(stalled.Read().status, 408);
  EXPECT_EQ(dripping.Read().status, 408);
  stop = true;
  drip.join();
}

TEST(Limits, ASlowHandlerIsNotASlowClient) {
  ServerOptions options;
  options.header_timeout = std::chrono::seconds(1);
  options.idle_timeout = std::chrono::seconds(1);
  TestServer server(options);
  server.handler.handle = [](Request, Responder respond) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    respond(Response::Text(200, "slow"));
  };
  RawClient client(server.port);
  EXPECT_EQ(client.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body, "slow");
}

TEST(Limits, TinyChunksAreRefused) {
  TestServer server;
  RawClient client(server.port);
  std::string chunks;
  for (int i = 0; i < 200000; ++i) chunks += "1\r\nx\r\n";
  client.Send(Post("Transfer-Encoding: chunked\r\n"));
  client.Send(chunks);
  EXPECT_EQ(client.Read().status, 400);
}

TEST(Limits, ThousandsOfHalfOpenConnectionsCostLittle) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, 21000);
  limit.rlim_cur = std::max(limit.rlim_cur, wanted);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  const size_t count = std::min<size_t>(10000, (limit.rlim_cur - 200) / 2);
  ASSERT_GE(count, 1000u);
  TestServer server;
  RawClient warm(server.port);
  EXPECT_EQ(warm.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  std::vector<std::unique_ptr<RawClient>> clients;
  clients.reserve(count);
  const size_t before = ResidentBytes();
  for (size_t i = 0; i < count; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    ASSERT_TRUE(clients.back()->connected());
    ASSERT_TRUE(clients.back()->Send("GET /slow HTTP/1.1\r\nHost: x\r\nX-Half: open"));
  }
  ASSERT_TRUE(Eventually([&] { return server.server.stats().connections_open == count + 1; }));
  ASSERT_TRUE(Eventually([&] { return server.server.stats().bytes_in > count * 40; }));
  const size_t after = ResidentBytes();
  RecordProperty("bytes_per_connection", static_cast<int>((after - before) / count));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(after - before, count * 6400);  // 64 MB for 10,000
#endif
  EXPECT_EQ(warm.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  clients.front()->Send("\r\n\r\n");
  EXPECT_EQ(clients.front()->Read().status, 200);
}

}  // namespace
}  // namespace furrow::http
