// SPDX-License-Identifier: Apache-2.0
// Every allocation that a server makes fails once; the server must live on.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include <gtest/gtest.h>

#include "http/server.h"
#include "http/test_support.h"

namespace {

// Counts down on allocations of the server's threads; the one that reaches zero fails.
std::atomic<long> countdown{-1};
thread_local const bool* is_test_thread = nullptr;
const bool kYes = true;

void* Allocate(std::size_t size) {
  if (countdown.load(std::memory_order_relaxed) > 0 && !is_test_thread &&
      countdown.fetch_sub(1) == 1)
    throw std::bad_alloc();
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size); }
void* operator new[](std::size_t size) { return Allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace furrow::http {
namespace {

using test::Eventually;
using test::Pattern;
using test::RawClient;
using test::TestServer;

class NullSink : public BodySink {
 public:
  Status Write(std::string_view) override { return {}; }
  void Finish(Responder respond) override { respond(Response::Text(200, "stored")); }
};

/// One of everything; what comes back does not matter here.
void UseAll(uint16_t port, const std::string& large) {
  for (const std::string& request :
       {std::string("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n") +
            large.substr(0, 100000),
        std::string("GET /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "3\r\nabc\r\n0\r\n\r\n"),
        std::string("GET /json HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"),
        std::string("GET /file HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"),
        std::string("PUT /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 1500000\r\n\r\n") + large,
        std::string("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: bad\r\n\r\n")}) {
    RawClient client(port);
    client.Send(request);
    client.Read();
  }
}

TEST(Memory, EveryAllocationMayFail) {
  is_test_thread = &kYes;
  TestServer server;
  const std::string large = Pattern(1500000);
  char name[] = "/tmp/furrow_http_XXXXXX";
  const auto fd = std::make_shared<int>(::mkstemp(name));
  ::unlink(name);
  ASSERT_EQ(::write(*fd, large.data(), 100000), 100000);
  server.handler.accept = [](const RequestHead& head) -> std::unique_ptr<BodySink> {
    if (head.raw_path == "/upload") return std::make_unique<NullSink>();
    return nullptr;
  };
  server.handler.handle = [&](Request request, Responder respond) {
    if (request.raw_path == "/echo") return respond(Response::Text(200, std::move(request.body)));
    if (request.raw_path == "/json") return respond(Response::Json(200, std::string(5000, ' ')));
    Response response = Response::Text(200, "ok");
    if (request.raw_path == "/file") response.file = {fd, 0, 100000};
    if (request.raw_path == "/stream")
      response.stream = [n = 0](std::string& chunk) mutable {
        chunk = std::string(1000, 's');
        return ++n < 3;
      };
    respond(std::move(response));
  };
  UseAll(server.port, large);
  long n = 1;
  for (;; ++n) {
    countdown = n;
    UseAll(server.port, large);
    // A failed close may come late; it is not waited for while allocations can still fail.
    const bool reached = countdown.exchange(-1) <= 0;
    RawClient client(server.port);
    ASSERT_EQ(client.Ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status, 200) << "allocation " << n;
    ASSERT_TRUE(Eventually([&] { return server.server.stats().connections_open == 1; }))
        << "allocation " << n;
    if (!reached) break;
  }
  RecordProperty("allocations", static_cast<int>(n));
  EXPECT_GT(n, 50);
  server.server.Drain(std::chrono::seconds(30));
  ::close(*fd);
  is_test_thread = nullptr;
}

}  // namespace
}  // namespace furrow::http
