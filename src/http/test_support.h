// SPDX-License-Identifier: Apache-2.0
// For the tests of this module: a server with a handler made of functions, and a client that says
// exactly what it is told to, byte by byte.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace furrow::http::test {

/// Answers what its functions say; by default "METHOD path body".
class TestHandler : public Handler {
 public:
  std::function<std::unique_ptr<BodySink>(const RequestHead&)> accept;
  std::function<void(Request, Responder)> handle;
  std::atomic<int> handled{0};
  std::atomic<int> refused{0};

  std::unique_ptr<BodySink> Accept(const RequestHead& head) override;
  void Handle(Request request, Responder respond) override;
  /// "refused: STATUS why", with the field X-Transport.
  Response TransportError(int status, std::string_view why) override;
};

/// A server on a free port of 127.0.0.1.
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {});
  ~TestServer() { server.Drain(std::chrono::milliseconds(0)); }
  TestHandler handler;  // outlives the server
  Server server;
  uint16_t port = 0;
};

struct RawAnswer {
  int status = 0;    ///< 0: none came
  std::string head;  ///< with its empty line
  std::string body;  ///< chunks taken apart
  bool whole = false;
  std::string Field(std::string_view name) const;
};

/// A blocking socket; every wait ends after ten seconds.
class RawClient {
 public:
  explicit RawClient(uint16_t port, const std::string& address = "127.0.0.1",
                     int receive_buffer = 0);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  bool connected() const { return fd_ >= 0; }

  /// False when the other side has closed.
  bool Send(std::string_view bytes);
  /// Reads one answer. `to_head`: the answer to a HEAD request, without a body.
  RawAnswer Read(bool to_head = false);
  RawAnswer Ask(std::string_view bytes) {
    Send(bytes);
    return Read();
  }
  /// True when the other side closes within the time limit and sends nothing before.
  bool Closed();
  /// True when nothing at all has arrived.
  bool Silent();
  void EndWrites();
  /// Closes with a reset.
  void Reset();

 private:
  bool Fill();

  int fd_ = -1;
  std::string input_;
};

/// Waits up to ten seconds for `condition`.
bool Eventually(const std::function<bool()>& condition);

/// Bytes that show a shift or a swap: no two parts of it are alike.
std::string Pattern(size_t size);

/// Resident memory of this process.
size_t ResidentBytes();

}  // namespace furrow::http::test
