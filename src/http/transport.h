// SPDX-License-Identifier: Apache-2.0
// Non-blocking bytes over a connected socket, with or without TLS. Nothing here waits: a call that
// cannot go on says what to wait for. Unlike a stream over memory buffers this costs an idle TLS
// connection only what OpenSSL itself keeps.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <string>

#include "base/status.h"

struct ssl_ctx_st;
struct ssl_st;

namespace furrow::http {

struct TlsFiles;

enum class IoState { kOk, kWantRead, kWantWrite, kEnd, kFailed };

struct IoResult {
  IoState state = IoState::kOk;
  size_t bytes = 0;  ///< more than 0 when kOk
};

/// Keys and trust, shared by many connections. Thread-safe once made.
class TlsContext {
 public:
  /// Errors: kInvalidArgument when a file cannot be read or the key does not fit.
  static Result<std::shared_ptr<TlsContext>> ForServer(const TlsFiles& files);
  /// `ca_file` empty: the system's certificates.
  static Result<std::shared_ptr<TlsContext>> ForClient(const std::string& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

/// One connection's bytes. Does not own the descriptor. Not thread-safe.
class Transport {
 public:
  explicit Transport(int fd) : fd_(fd) {}
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// From here on TLS. `host` is what a client expects in the certificate.
  Status StartTls(const TlsContext& context, bool server, const std::string& host = {});
  IoResult Handshake();
  IoResult Read(char* to, size_t size);
  /// At most 16 pieces are looked at. `more`: another write follows at once.
  IoResult Write(const iovec* pieces, int count, bool more);
  /// Tells the peer that no more will come.
  void EndWrites();

  bool tls() const { return ssl_ != nullptr; }
  /// Bytes that have left the socket but were not read from here yet.
  bool HasHeldBytes() const;
  int fd() const { return fd_; }
  /// Why the last call failed, for a person.
  std::string ErrorText() const;

 private:
  IoResult TlsResult(int rc);

  int fd_;
  ssl_st* ssl_ = nullptr;
  int error_ = 0;
  unsigned long tls_error_ = 0;
  bool tls_broken_ = false;
};

}  // namespace furrow::http
