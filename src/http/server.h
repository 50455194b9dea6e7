// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server: coroutines per connection on a few network threads, handlers as plain
// functions on a bounded pool.
//
//   http::Server server(options);
//   FURROW_TRY(server.Listen(0, {"127.0.0.1", 8008}, handler));
//   server.Start();  ...  server.Drain(10s);
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "http/message.h"

namespace furrow::http {

/// Takes the body of one request as it arrives. Calls come one after the other, on pool threads,
/// and may block on a disk; the connection reads at most one buffer ahead meanwhile.
class BodySink {
 public:
  /// Runs on a pool thread, right after Finish has returned, or without Finish when the upload
  /// failed or the client went away: implementations clean up here.
  virtual ~BodySink() = default;
  /// Asked once, on the network thread, before any of the body is read; must not block. An answer
  /// is sent instead of reading the body (401, 403, 404...).
  virtual std::optional<Response> Refusal() { return std::nullopt; }
  /// An error ends the upload: it is answered at once, through Handler::TransportError with the
  /// status that StatusForCode gives, and the connection closed.
  virtual Status Write(std::string_view chunk) = 0;
  /// The whole body has arrived. `respond` may be kept and called later from elsewhere.
  virtual void Finish(Responder respond) = 0;
};

/// The HTTP status for an error that came from below: 400, 401, 403, 404, 409, 413, 503 or 500.
int StatusForCode(Code code);

/// What a server does with requests. Thread-safe.
class Handler {
 public:
  virtual ~Handler() = default;
  /// Called on a network thread once the head has arrived; must not block. Non-null: the body goes
  /// there, unbounded. Null: the body is collected (up to max_body_bytes, else 413 before reading
  /// it) and Handle is called.
  virtual std::unique_ptr<BodySink> Accept(const RequestHead& head) = 0;
  /// Called on a pool thread. May keep `respond` and answer later from elsewhere. A responder that
  /// is destroyed uncalled answers 500 through TransportError.
  virtual void Handle(Request request, Responder respond) = 0;
  /// Turns a failure of the transport (bad request, too large, overload) into this API's answer.
  /// Called on a network thread; must not block.
  virtual Response TransportError(int status, std::string_view why) = 0;
};

struct TlsFiles {
  std::string certificate;  ///< PEM chain; empty = no TLS
  std::string key;          ///< PEM
};

struct ServerOptions {
  int network_threads = 1;
  int pool_threads = 4;
  size_t pool_queue_max = 4096;                 ///< requests waiting for the pool; beyond: 503
  size_t connections_max = 20000;               ///< beyond: accepted and closed
  size_t header_bytes_max = 16 * 1024;          ///< beyond: 431
  size_t header_fields_max = 100;               ///< beyond: 431
  size_t max_body_bytes = 32 * 1024 * 1024;     ///< collected bodies; beyond: 413
  size_t bodies_bytes_max = 512 * 1024 * 1024;  ///< all collected bodies at once; beyond: 503
  std::chrono::seconds header_timeout{20};
  std::chrono::seconds idle_timeout{75};
  uint64_t body_rate_min = 50 * 1024 / 10;  ///< bytes/s a body must keep on average
  TlsFiles tls;
  std::string server_header = "clearml";  ///< clients look for it
  /// Plain addresses of proxies that are believed when they say whom they ask for: forwarded.h.
  std::vector<std::string> trusted_proxies;
};

struct Endpoint {
  std::string address;
  uint16_t port = 0;  ///< 0: the system picks
};

/// Thread-safe after Start.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();  ///< Drains without waiting.

  /// Opens a listening socket. Errors: kAlreadyExists when the port is taken (the message names
  /// it), kInvalidArgument for a bad address. Returns the bound port. `handler` outlives the
  /// server.
  Result<uint16_t> Listen(int id, const Endpoint& endpoint, Handler& handler);
  Status Start();
  /// Accepts no more, lets running requests end for at most `patience`, then closes everything.
  void Drain(std::chrono::milliseconds patience);

  struct Stats {
    uint64_t connections_open = 0, requests = 0, bytes_in = 0, bytes_out = 0, refused = 0;
    uint64_t pool_queue = 0;
  };
  Stats stats() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace furrow::http
