// SPDX-License-Identifier: Apache-2.0
// Bodies that go to a sink.
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/test_support.h"

namespace furrow::http {
namespace {

using test::Eventually;
using test::Pattern;
using test::RawAnswer;
using test::RawClient;
using test::ResidentBytes;
using test::TestServer;

/// What has happened to the sinks of a test.
struct Log {
  std::mutex mutex;
  std::string got;
  bool keep = true;
  std::atomic<uint64_t> bytes{0};
  std::atomic<int> writes{0};
  std::atomic<int> finished{0};
  std::atomic<int> destroyed{0};
  std::function<Status()> before_write;
  std::optional<Response> refusal;
  std::atomic<bool> overlap{false};
};

class LogSink : public BodySink {
 public:
  explicit LogSink(Log& log) : log_(log) {}
  ~LogSink() override { ++log_.destroyed; }
  std::optional<Response> Refusal() override { return log_.refusal; }
  Status Write(std::string_view chunk) override {
    if (inside_.exchange(true)) log_.overlap = true;
    Status status;
    if (log_.before_write) status = log_.before_write();
    if (log_.keep) {
      std::lock_guard lock(log_.mutex);
      log_.got += chunk;
    }
    log_.bytes += chunk.size();
    ++log_.writes;
    inside_ = false;
    return status;
  }
  void Finish(Responder respond) override {
    ++log_.finished;
    respond(Response::Text(200, "stored"));
  }

 private:
  Log& log_;
  std::atomic<bool> inside_{false};
};

class Upload : public ::testing::Test {
 protected:
  void Serve(ServerOptions options = {}) {
    server = std::make_unique<TestServer>(options);
    server->handler.accept = [this](const RequestHead& head) -> std::unique_ptr<BodySink> {
      if (head.raw_path != "/upload") return nullptr;
      return std::make_unique<LogSink>(log);
    };
  }
  static std::string Head(const std::string& fields) {
    return "PUT /upload HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  }
  Log log;
  std::unique_ptr<TestServer> server;
};

TEST_F(Upload, ByLengthOfAnySize) {
  Serve();
  RawClient client(server->port);
  int count = 0;
  for (const size_t size : {0u, 1u, 65535u, 65536u, 65537u, 524288u, 589824u, 589825u, 5000000u}) {
    const std::string body = Pattern(size);
    log.got.clear();
    const RawAnswer answer =
        client.Ask(Head("Content-Length: " + std::to_string(size) + "\r\n") + body);
    ASSERT_EQ(answer.body, "stored") << size;
    EXPECT_TRUE(log.got == body) << size;
    EXPECT_EQ(log.finished, ++count);
    EXPECT_EQ(log.destroyed, count);
  }
  EXPECT_FALSE(log.overlap);
  EXPECT_EQ(client.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").body, "GET / ");
}

TEST_F(Upload, ByChunks) {
  Serve();
  const std::string body = Pattern(3000000);
  std::string chunked;
  for (size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 % 70001 + 1) {
    size = std::min(size, body.size() - at);
    char line[32];
    std::snprintf(line, sizeof line, "%zx\r\n", size);
    chunked += line + body.substr(at, size) + "\r\n";
  }
  chunked += "0\r\n\r\n";
  RawClient client(server->port);
  for (int i = 0; i < 2; ++i) {
    log.got.clear();
    EXPECT_EQ(client.Ask(Head("Transfer-Encoding: chunked\r\n") + chunked).body, "stored");
    EXPECT_TRUE(log.got == body);
  }
  EXPECT_FALSE(log.overlap);
}

TEST_F(Upload, PipelinedBehindAnUpload) {
  Serve();
  RawClient client(server->port);
  const std::string body = Pattern(70000);
  client.Send(Head("Content-Length: 70000\r\n") + body + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.Read().body, "stored");
  EXPECT_EQ(client.Read().body, "GET /next ");
  EXPECT_TRUE(log.got == body);
}

TEST_F(Upload, ContinueIsSaid) {
  Serve();
  RawClient client(server->port);
  client.Send(Head("Expect: 100-continue\r\nContent-Length: 3\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  EXPECT_EQ(client.Ask("abc").body, "stored");
}

TEST_F(Upload, MemoryStaysConstant) {
  Serve();
  log.keep = false;
  RawClient client(server->port);
  const std::string piece = Pattern(1 << 20);
  const uint64_t pieces = 512;
  client.Send(Head("Content-Length: " + std::to_string(pieces << 20) + "\r\n"));
  const size_t before = ResidentBytes();
  size_t most = before;
  for (uint64_t i = 0; i < pieces; ++i) {
    ASSERT_TRUE(client.Send(piece));
    most = std::max(most, ResidentBytes());
  }
  EXPECT_EQ(client.Read().body, "stored");
  EXPECT_EQ(log.bytes, pieces << 20);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(most - before, 8u << 20);
#endif
}

TEST_F(Upload, ABlockedSinkHoldsTheClientBack) {
  Serve();
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  log.keep = false;
  log.before_write = [released] {
    released.wait();
    return Status();
  };
  RawClient client(server->port);
  const uint64_t size = 64 << 20;
  std::thread sender([&] {
    client.Send(Head("Content-Length: " + std::to_string(size) + "\r\n"));
    client.Send(Pattern(size));
  });
  // The server reads its two buffers' worth and no more, however long it is watched.
  ASSERT_TRUE(Eventually([&] { return server->server.stats().bytes_in > 500000; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_LT(server->server.stats().bytes_in, 2u << 20);
  release.set_value();
  sender.join();
  EXPECT_EQ(client.Read().body, "stored");
  EXPECT_EQ(log.bytes, size);
}

TEST_F(Upload, AVanishedClientDestroysTheSink) {
  Serve();
  for (const size_t sent : {0u, 10u, 100000u, 2000000u}) {
    log.destroyed = 0;
    {
      RawClient client(server->port);
      client.Send(Head("Content-Length: 100000000\r\n") + std::string(sent, 'x'));
      ASSERT_TRUE(Eventually([&] { return server->server.stats().connections_open == 1; }));
      if (sent % 3 == 0) client.Reset();
    }
    EXPECT_TRUE(Eventually([&] { return log.destroyed == 1; })) << sent;
    EXPECT_TRUE(Eventually([&] { return server->server.stats().connections_open == 0; }));
  }
  EXPECT_EQ(log.finished, 0);
}

TEST_F(Upload, AnErrorIsAnsweredAtOnce) {
  Serve();
  log.before_write = [] { return Status(Code::kUnavailable, "disk full"); };
  RawClient client(server->port);
  // The first buffer and a little more: the answer must not wait for another byte.
  client.Send(Head("Content-Length: 10000000\r\n") + std::string(70000, 'x'));
  const RawAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "refused: 503 disk full");
  EXPECT_EQ(answer.Field("Retry-After"), "1");
  EXPECT_EQ(answer.Field("Connection"), "close");
  EXPECT_TRUE(Eventually([&] { return log.destroyed == 1; }));
  EXPECT_EQ(log.finished, 0);
}

TEST_F(Upload, AnErrorOnTheLastPieceIsAnswered) {
  Serve();
  log.before_write = [] { return Status(Code::kPermissionDenied, "not yours"); };
  RawClient client(server->port);
  const RawAnswer answer = client.Ask(Head("Content-Length: 5\r\n") + "hello");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.body, "refused: 403 not yours");
  EXPECT_EQ(log.finished, 0);
  EXPECT_EQ(log.destroyed, 1);
}

TEST_F(Upload, AThrowingSinkAnswers500) {
  Serve();
  log.before_write = []() -> Status { throw std::runtime_error("oops"); };
  RawClient small(server->port);
  EXPECT_EQ(small.Ask(Head("Content-Length: 5\r\n") + "hello").status, 500);
  RawClient large(server->port);
  large.Send(Head("Content-Length: 5000000\r\n") + std::string(5000000, 'x'));
  EXPECT_EQ(large.Read().status, 500);
  EXPECT_TRUE(Eventually([&] { return log.destroyed == 2; }));
}

TEST_F(Upload, ARefusalSparesTheBody) {
  Serve();
  log.refusal = Response::Text(401, "who are you?");
  RawClient client(server->port);
  const RawAnswer answer =
      client.Ask(Head("Expect: 100-continue\r\nContent-Length: 100000000\r\n"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.body, "who are you?");
  EXPECT_EQ(answer.Field("Connection"), "close");
  EXPECT_TRUE(Eventually([&] { return log.destroyed == 1; }));
  EXPECT_EQ(log.writes, 0);
  EXPECT_EQ(log.finished, 0);
  RawClient without(server->port);
  EXPECT_EQ(without.Ask(Head("Content-Length: 0\r\n")).Field("Connection"), "");
}

TEST_F(Upload, IsNotBoundByTheLimitOnBodiesButItsBuffersAre) {
  ServerOptions options;
  options.max_body_bytes = 1000;
  options.bodies_bytes_max = 70000;  // room for the first, small buffer only
  Serve(options);
  const std::string body = Pattern(3000000);
  RawClient client(server->port);
  EXPECT_EQ(client.Ask(Head("Content-Length: 3000000\r\n") + body).body, "stored");
  EXPECT_TRUE(log.got == body);
}

TEST_F(Upload, BuffersBeyondTheBoundAre503) {
  ServerOptions options;
  options.bodies_bytes_max = 70000;
  Serve(options);
  RawClient first(server->port);
  first.Send(Head("Content-Length: 3000000\r\n") + "begun");
  ASSERT_TRUE(Eventually([&] { return server->server.stats().bytes_in > 60; }));
  RawClient second(server->port);
  const RawAnswer answer = second.Ask(Head("Content-Length: 3000000\r\n") + "begun");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Field("Retry-After"), "1");
}

TEST_F(Upload, BadChunksAndSlownessEndIt) {
  ServerOptions options;
  options.header_timeout = std::chrono::seconds(1);
  Serve(options);
  RawClient bad(server->port);
  EXPECT_EQ(bad.Ask(Head("Transfer-Encoding: chunked\r\n") + "5\r\nhelloX").status, 400);
  RawClient slow(server->port);
  EXPECT_EQ(slow.Ask(Head("Content-Length: 100\r\n") + "x").status, 408);
  EXPECT_TRUE(Eventually([&] { return log.destroyed == 2; }));
  EXPECT_EQ(log.finished, 0);
}

TEST_F(Upload, ASlowSinkIsNotASlowClient) {
  ServerOptions options;
  options.header_timeout = std::chrono::seconds(1);
  options.body_rate_min = 100 << 20;
  Serve(options);
  std::atomic<int> calls{0};
  log.before_write = [&] {
    if (++calls <= 2) std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    return Status();
  };
  RawClient client(server->port);
  EXPECT_EQ(client.Ask(Head("Content-Length: 2000000\r\n") + Pattern(2000000)).body, "stored");
}

TEST_F(Upload, DrainingWaitsForIt) {
  Serve();
  RawClient client(server->port);
  client.Send(Head("Content-Length: 10\r\n") + "01234");
  ASSERT_TRUE(Eventually([&] { return server->server.stats().bytes_in > 50; }));
  std::thread drainer([&] { server->server.Drain(std::chrono::seconds(30)); });
  ASSERT_TRUE(Eventually([&] { return !RawClient(server->port).connected(); }));
  const RawAnswer answer = client.Ask("56789");
  EXPECT_EQ(answer.body, "stored");
  EXPECT_EQ(answer.Field("Connection"), "close");
  drainer.join();
}

TEST_F(Upload, ImpatientDrainDestroysTheSink) {
  Serve();
  RawClient client(server->port);
  client.Send(Head("Content-Length: 1000000\r\n") + std::string(600000, 'x'));
  ASSERT_TRUE(Eventually([&] { return log.writes > 0; }));
  server->server.Drain(std::chrono::milliseconds(10));
  EXPECT_EQ(log.destroyed, 1);
  EXPECT_EQ(log.finished, 0);
}

}  // namespace
}  // namespace furrow::http
