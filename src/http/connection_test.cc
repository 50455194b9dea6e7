// SPDX-License-Identifier: Apache-2.0
// What one connection does with requests and answers.
#include <fcntl.h>
#include <unistd.h>

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
using test::TestServer;

std::string Ask(const std::string& line, const std::string& body = {},
                const std::string& fields = {}) {
  std::string text = line + " HTTP/1.1\r\nHost: x\r\n" + fields;
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

/// An open, already unlinked file with these bytes.
std::shared_ptr<int> FileWith(const std::string& bytes) {
  char name[] = "/tmp/furrow_http_XXXXXX";
  const int fd = ::mkstemp(name);
  EXPECT_GE(fd, 0);
  ::unlink(name);
  EXPECT_EQ(::write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return std::shared_ptr<int>(new int(fd), [](int* open) {
    ::close(*open);
    delete open;
  });
}

TEST(Connection, GetWithABodyTwiceOnOneConnection) {
  TestServer server;
  RawClient client(server.port);
  for (const char* body : {R"({"id": 1})", R"({"id": 22, "x": "y"})"}) {
    const RawAnswer answer = client.Ask(Ask("GET /tasks.get_all", body));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, std::string("GET /tasks.get_all ") + body);
  }
  EXPECT_EQ(client.Ask(Ask("DELETE /x", "gone")).body, "DELETE /x gone");
  EXPECT_EQ(client.Ask(Ask("GET /")).body, "GET / ");
}

TEST(Connection, TakesTheRequestInAnyPieces) {
  TestServer server;
  RawClient client(server.port);
  const std::string request = Ask("POST /p", "some body");
  for (int round = 0; round < 2; ++round) {
    for (const char c : request) {
      ASSERT_TRUE(client.Send(std::string_view(&c, 1)));
      std::this_thread::sleep_for(std::chrono::microseconds(300));
    }
    EXPECT_EQ(client.Read().body, "POST /p some body");
  }
}

TEST(Connection, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  RawClient client(server.port);
  std::string all;
  for (int i = 0; i < 500; ++i)
    all += Ask("POST /" + std::to_string(i), "body" + std::to_string(i)) + "GET /c" +
           std::to_string(i) +
           " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  std::thread sender([&] { EXPECT_TRUE(client.Send(all)); });
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(client.Read().body, "POST /" + std::to_string(i) + " body" + std::to_string(i));
    ASSERT_EQ(client.Read().body, "GET /c" + std::to_string(i) + " abc");
  }
  sender.join();
  EXPECT_TRUE(client.Silent());
}

TEST(Connection, PipelinedInputOfOneIsNotSeenByAnother) {
  TestServer server;
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string path = "/" + std::to_string(t);
      std::string all;
      for (int i = 0; i < 50; ++i) all += Ask("PUT " + path, path + "." + std::to_string(i));
      RawClient client(server.port);
      for (int round = 0; round < 20; ++round) {
        client.Send(all);
        for (int i = 0; i < 50; ++i)
          if (client.Read().body == "PUT " + path + " " + path + "." + std::to_string(i)) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 4 * 20 * 50);
}

TEST(Connection, LargeBodiesBothWays) {
  TestServer server;
  const std::string body = Pattern(20 << 20);
  server.handler.handle = [](Request request, Responder respond) {
    respond(Response::Text(200, std::move(request.body), "application/octet-stream"));
  };
  RawClient client(server.port);
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.Ask(Ask("POST /", body));
    EXPECT_TRUE(answer.whole);
    EXPECT_TRUE(answer.body == body);
  }
}

TEST(Connection, ChunkedBodiesAreCollected) {
  TestServer server;
  RawClient client(server.port);
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer =
        client.Ask(Ask("PUT /c", "", "Transfer-Encoding: chunked\r\n") +
                   "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(answer.body, "PUT /c hello world");
  }
}

TEST(Connection, SaysContinueOnlyWhenTheBodyIsAwaited) {
  TestServer server;
  RawClient client(server.port);
  client.Send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  RawAnswer answer = client.Read();
  EXPECT_EQ(answer.status, 100);
  answer = client.Ask("abc");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST / abc");
  // The body came along: no need to ask for it.
  answer = client.Ask(Ask("POST /", "abc", "Expect: 100-continue\r\n"));
  EXPECT_EQ(answer.status, 200);
  // Nothing to wait for.
  answer = client.Ask(Ask("GET /", "", "Expect: 100-continue\r\n"));
  EXPECT_EQ(answer.status, 200);
  // Refused: no invitation to send it.
  answer = client.Ask(
      "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n");
  EXPECT_EQ(answer.status, 413);
}

TEST(Connection, HeadGetsNoBody) {
  TestServer server;
  server.handler.handle = [](Request request, Responder respond) {
    Response response = Response::Text(200, request.raw_path == "/none" ? "" : "0123456789");
    response.headers.Add("Content-Length", "77");
    respond(std::move(response));
  };
  RawClient client(server.port);
  client.Send(Ask("HEAD /"));
  EXPECT_EQ(client.Read(true).Field("Content-Length"), "10");
  client.Send(Ask("HEAD /none"));
  EXPECT_EQ(client.Read(true).Field("Content-Length"), "77");
  const RawAnswer answer = client.Ask(Ask("GET /"));
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_EQ(answer.Field("Content-Length"), "10");
}

TEST(Connection, NoContentHasNoLength) {
  TestServer server;
  server.handler.handle = [](Request, Responder respond) { respond(Response{204}); };
  RawClient client(server.port);
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.Ask(Ask("GET /"));
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.Field("Content-Length"), "");
  }
}

TEST(Connection, ClosesWhenAsked) {
  TestServer server;
  {
    RawClient client(server.port);
    const RawAnswer answer = client.Ask(Ask("GET /", "", "Connection: close\r\n"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.Field("Connection"), "close");
    EXPECT_TRUE(client.Closed());
  }
  {
    RawClient client(server.port);
    const RawAnswer answer = client.Ask("GET / HTTP/1.0\r\n\r\n");
    EXPECT_EQ(answer.body, "GET / ");
    EXPECT_EQ(answer.Field("Connection"), "close");
    EXPECT_TRUE(client.Closed());
  }
  {
    RawClient client(server.port);
    for (int i = 0; i < 2; ++i) {
      const RawAnswer answer = client.Ask("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
      EXPECT_EQ(answer.Field("Connection"), "keep-alive");
    }
  }
  {
    server.handler.handle = [](Request, Responder respond) {
      Response response = Response::Text(200, "bye");
      response.headers.Add("Connection", "close");
      respond(std::move(response));
    };
    RawClient client(server.port);
    EXPECT_EQ(client.Ask(Ask("GET /")).body, "bye");
    EXPECT_TRUE(client.Closed());
  }
}

TEST(Connection, AnswersAClientThatHasFinishedSending) {
  TestServer server;
  RawClient client(server.port);
  client.Send(Ask("POST /", "last words"));
  client.EndWrites();
  EXPECT_EQ(client.Read().body, "POST / last words");
  EXPECT_TRUE(client.Closed());
}

TEST(Connection, SmugglingIsAnswered400AndClosed) {
  TestServer server;
  const std::string second = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& fields :
       {std::string("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        std::string("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
        std::string("Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde"),
        std::string("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        std::string("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
        std::string("X: a\r\n\tb\r\n\r\n"), std::string("Content-Length: +5\r\n\r\nabcde"),
        std::string("Content-Length : 5\r\n\r\nabcde"),
        std::string("X: y\nContent-Length: 5\r\n\r\nabcde"),
        std::string("Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n"),
        std::string("Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX0\r\n\r\n"),
        std::string("Transfer-Encoding: chunked\r\n\r\n-1\r\n")}) {
    RawClient client(server.port);
    const RawAnswer answer = client.Ask("POST / HTTP/1.1\r\nHost: x\r\n" + fields + second);
    EXPECT_EQ(answer.status, 400) << fields;
    EXPECT_EQ(answer.Field("X-Transport"), "yes") << fields;
    EXPECT_EQ(answer.Field("Connection"), "close") << fields;
    client.EndWrites();
    EXPECT_TRUE(client.Closed()) << fields;
  }
  EXPECT_EQ(server.handler.handled, 0);
}

TEST(Connection, RefusesEncodedBodies) {
  TestServer server;
  RawClient client(server.port);
  EXPECT_EQ(client.Ask(Ask("POST /", "zzz", "Content-Encoding: gzip\r\n")).status, 415);
  RawClient other(server.port);
  EXPECT_EQ(other.Ask(Ask("POST /", "zzz", "Content-Encoding: identity\r\n")).status, 200);
}

TEST(Connection, ADroppedResponderAnswers500) {
  TestServer server;
  server.handler.handle = [](Request, Responder) {};
  RawClient client(server.port);
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.Ask(Ask("GET /"));
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.Field("X-Transport"), "yes");
  }
}

TEST(Connection, AThrowingHandlerAnswers500) {
  TestServer server;
  server.handler.handle = [](Request, Responder) { throw std::runtime_error("oops"); };
  RawClient client(server.port);
  EXPECT_EQ(client.Ask(Ask("GET /")).status, 500);
  server.handler.accept = [](const RequestHead&) -> std::unique_ptr<BodySink> {
    throw std::runtime_error("oops");
  };
  EXPECT_EQ(client.Ask(Ask("GET /")).status, 500);
}

TEST(Connection, OnlyTheFirstAnswerCounts) {
  TestServer server;
  server.handler.handle = [](Request, Responder respond) {
    const Responder copy = respond;
    respond(Response::Text(200, "first"));
    copy(Response::Text(200, "second"));
    respond(Response::Text(200, "third"));
  };
  RawClient client(server.port);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.Ask(Ask("GET /")).body, "first");
  EXPECT_TRUE(client.Silent());
}

TEST(Connection, AnswersFromAnotherThreadLater) {
  TestServer server;
  std::promise<Responder> kept;
  server.handler.handle = [&](Request, Responder respond) { kept.set_value(std::move(respond)); };
  RawClient client(server.port);
  client.Send(Ask("GET /"));
  Responder respond = kept.get_future().get();
  EXPECT_TRUE(client.Silent());
  respond(Response::Text(200, "late"));
  EXPECT_EQ(client.Read().body, "late");
}

TEST(Connection, SendsSpansOfAFile) {
  TestServer server;
  const std::string bytes = Pattern(3 << 20);
  const auto file = FileWith(bytes);
  FileSpan span;
  server.handler.handle = [&](Request, Responder respond) {
    Response response;
    response.status = 206;
    response.file = span;
    respond(std::move(response));
  };
  RawClient client(server.port);
  for (const auto& [offset, length] : std::vector<std::pair<uint64_t, uint64_t>>{
           {0, bytes.size()}, {0, 1}, {1, 10}, {bytes.size() - 5, 5}, {1000000, 1234567}, {7, 0}}) {
    span = {file, offset, length};
    const RawAnswer answer = client.Ask(Ask("GET /f"));
    EXPECT_EQ(answer.status, 206);
    EXPECT_EQ(answer.Field("Content-Length"), std::to_string(length));
    EXPECT_TRUE(answer.body == bytes.substr(offset, length)) << offset << "+" << length;
    client.Send(Ask("HEAD /f"));
    EXPECT_EQ(client.Read(true).Field("Content-Length"), std::to_string(length));
  }
  span = {};
  EXPECT_TRUE(Eventually([&] { return file.use_count() == 1; }));
}

TEST(Connection, AFileShorterThanPromisedBreaksTheConnection) {
  TestServer server;
  const auto file = FileWith("short");
  server.handler.handle = [&](Request, Responder respond) {
    Response response;
    response.file = {file, 0, 100};
    respond(std::move(response));
  };
  RawClient client(server.port);
  const RawAnswer answer = client.Ask(Ask("GET /f"));
  EXPECT_FALSE(answer.whole);
  EXPECT_EQ(answer.body, "short");
}

TEST(Connection, AFileIsCheckedBeforeItIsSent) {
  TestServer server;
  const std::string bytes = Pattern(5 << 20);
  const auto file = FileWith(bytes);
  std::mutex mutex;
  std::vector<std::pair<uint64_t, uint64_t>> asked;
  std::atomic<uint64_t> bad_at{UINT64_MAX};
  std::atomic<bool> throws{false};
  server.handler.handle = [&](Request, Responder respond) {
    Response response;
    response.file = {file, 10, bytes.size() - 20};
    response.file.check = [&](uint64_t offset, uint64_t length) {
      if (throws) throw std::runtime_error("oops");
      std::lock_guard lock(mutex);
      asked.emplace_back(offset, length);
      return bad_at < offset || bad_at >= offset + length;
    };
    respond(std::move(response));
  };
  {
    RawClient client(server.port);
    EXPECT_TRUE(client.Ask(Ask("GET /f")).body == bytes.substr(10, bytes.size() - 20));
    {
      std::lock_guard lock(mutex);
      uint64_t at = 10;
      for (const auto& [offset, length] : asked) {
        EXPECT_EQ(offset, at);
        at += length;
      }
      EXPECT_EQ(at, bytes.size() - 10);
    }
    bad_at = 3000000;
    const RawAnswer answer = client.Ask(Ask("GET /f"));
    EXPECT_FALSE(answer.whole);
    EXPECT_LE(answer.body.size(), bad_at - 10);
    EXPECT_TRUE(answer.body == bytes.substr(10, answer.body.size()));
  }
  throws = true;
  RawClient client(server.port);
  EXPECT_EQ(client.Ask(Ask("GET /f")).body, "");
}

TEST(Connection, StreamsChunks) {
  TestServer server;
  const std::string part = Pattern(100000);
  server.handler.handle = [&](Request request, Responder respond) {
    Response response = Response::Text(200, "");
    const bool fail = request.raw_path == "/fail";
    const bool tail = request.raw_path == "/tail";
    response.stream = [&part, fail, tail, n = 0](std::string& chunk) mutable {
      if (fail && n == 3) throw std::runtime_error("disk");
      if (++n <= 10) chunk = part;
      if (n == 11 && tail) chunk = "tail";
      return n <= 10;
    };
    respond(std::move(response));
  };
  std::string all;
  for (int i = 0; i < 10; ++i) all += part;
  RawClient client(server.port);
  for (int i = 0; i < 2; ++i) {
    const RawAnswer answer = client.Ask(Ask("GET /"));
    EXPECT_EQ(answer.Field("Transfer-Encoding"), "chunked");
    EXPECT_EQ(answer.Field("Content-Length"), "");
    EXPECT_TRUE(answer.whole);
    EXPECT_TRUE(answer.body == all);
    EXPECT_TRUE(client.Ask(Ask("GET /tail")).body == all + "tail");
  }
  client.Send(Ask("HEAD /"));
  EXPECT_EQ(client.Read(true).status, 200);
  {
    const RawAnswer answer = client.Ask(Ask("GET /fail"));
    EXPECT_FALSE(answer.whole);
  }
  RawClient old(server.port);
  const RawAnswer answer = old.Ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(answer.Field("Connection"), "close");
  EXPECT_EQ(answer.Field("Transfer-Encoding"), "");
  EXPECT_TRUE(answer.body == all);
}

TEST(Connection, ManyAtOnceOnTwoNetworkThreads) {
  ServerOptions options;
  options.network_threads = 2;
  TestServer server(options);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      RawClient client(server.port);
      const std::string body = Pattern(20000 + static_cast<size_t>(t));
      for (int i = 0; i < 100; ++i)
        if (client.Ask(Ask("POST /", body)).body == "POST / " + body) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 800);
}

}  // namespace
}  // namespace furrow::http
