// SPDX-License-Identifier: Apache-2.0
#include "http/transport.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "http/server.h"

namespace furrow::http {

namespace {

int FdOf(BIO* bio) { return static_cast<int>(reinterpret_cast<intptr_t>(BIO_get_data(bio))); }

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and a library must not change how its
// program treats SIGPIPE.
int BioWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::send(FdOf(bio), data, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int BioRead(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::recv(FdOf(bio), data, static_cast<size_t>(size), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (n == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(n);
}

long BioControl(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return 0;
}

BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, BioWrite);
    BIO_meth_set_read(made, BioRead);
    BIO_meth_set_ctrl(made, BioControl);
    return made;
  }();
  return method;
}

std::string OpenSslText(unsigned long code) {
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

Status OpenSslStatus(const std::string& what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  return Status(Code::kInvalidArgument, what + ": " + OpenSslText(code));
}

void CommonOptions(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
}

bool IsIpAddress(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::ForServer(const TlsFiles& files) {
  std::shared_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  if (!made->context_) return OpenSslStatus("TLS");
  CommonOptions(made->context_);
  if (SSL_CTX_use_certificate_chain_file(made->context_, files.certificate.c_str()) != 1)
    return OpenSslStatus("certificate " + files.certificate);
  if (SSL_CTX_use_PrivateKey_file(made->context_, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return OpenSslStatus("key " + files.key);
  if (SSL_CTX_check_private_key(made->context_) != 1)
    return OpenSslStatus("key " + files.key + " does not fit the certificate");
  SSL_CTX_set_options(made->context_, SSL_OP_CIPHER_SERVER_PREFERENCE);
  static constexpr unsigned char kSessionContext[] = "furrow";
  SSL_CTX_set_session_id_context(made->context_, kSessionContext, sizeof kSessionContext - 1);
  return made;
}

Result<std::shared_ptr<TlsContext>> TlsContext::ForClient(const std::string& ca_file) {
  std::shared_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_client_method())));
  if (!made->context_) return OpenSslStatus("TLS");
  CommonOptions(made->context_);
  SSL_CTX_set_verify(made->context_, SSL_VERIFY_PEER, nullptr);
  if (ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(made->context_);
  } else if (SSL_CTX_load_verify_locations(made->context_, ca_file.c_str(), nullptr) != 1) {
    return OpenSslStatus("certificates " + ca_file);
  }
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Transport::~Transport() { SSL_free(ssl_); }

Status Transport::StartTls(const TlsContext& context, bool server, const std::string& host) {
  ERR_clear_error();
  ssl_ = SSL_new(context.get());
  BIO* bio = ssl_ ? BIO_new(SocketMethod()) : nullptr;
  if (!bio) return OpenSslStatus("TLS");
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<intptr_t>(fd_)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  if (server) {
    SSL_set_accept_state(ssl_);
    return {};
  }
  SSL_set_connect_state(ssl_);
  if (IsIpAddress(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl_, host.c_str());
    SSL_set1_host(ssl_, host.c_str());
  }
  return {};
}

IoResult Transport::TlsResult(int rc) {
  const int saved_errno = errno;
  switch (SSL_get_error(ssl_, rc)) {
    case SSL_ERROR_WANT_READ:
      return {IoState::kWantRead, 0};
    case SSL_ERROR_WANT_WRITE:
      return {IoState::kWantWrite, 0};
    case SSL_ERROR_ZERO_RETURN:
      return {IoState::kEnd, 0};
    case SSL_ERROR_SYSCALL:
      error_ = saved_errno;
      break;
    default:
      tls_error_ = ERR_peek_error();
      break;
  }
  tls_broken_ = true;
  ERR_clear_error();
  return {IoState::kFailed, 0};
}

IoResult Transport::Handshake() {
  ERR_clear_error();
  const int rc = SSL_do_handshake(ssl_);
  return rc == 1 ? IoResult{IoState::kOk, 1} : TlsResult(rc);
}

IoResult Transport::Read(char* to, size_t size) {
  if (ssl_) {
    ERR_clear_error();
    size_t n = 0;
    const int rc = SSL_read_ex(ssl_, to, size, &n);
    return rc == 1 ? IoResult{IoState::kOk, n} : TlsResult(rc);
  }
  for (;;) {
    const ssize_t n = ::recv(fd_, to, size, 0);
    if (n > 0) return {IoState::kOk, static_cast<size_t>(n)};
    if (n == 0) return {IoState::kEnd, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {IoState::kWantRead, 0};
    error_ = errno;
    return {IoState::kFailed, 0};
  }
}

IoResult Transport::Write(const iovec* pieces, int count, bool more) {
  if (ssl_) {
    while (count > 0 && pieces->iov_len == 0) {
      ++pieces;
      --count;
    }
    if (count == 0) return {IoState::kOk, 0};
    ERR_clear_error();
    size_t n = 0;
    const int rc = SSL_write_ex(ssl_, pieces->iov_base, pieces->iov_len, &n);
    return rc == 1 ? IoResult{IoState::kOk, n} : TlsResult(rc);
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = static_cast<size_t>(std::min(count, 16));
  for (;;) {
    const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    if (n >= 0) return {IoState::kOk, static_cast<size_t>(n)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {IoState::kWantWrite, 0};
    error_ = errno;
    return {IoState::kFailed, 0};
  }
}

void Transport::EndWrites() {
  if (ssl_ && !tls_broken_ && SSL_is_init_finished(ssl_)) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
    ERR_clear_error();
  }
  ::shutdown(fd_, SHUT_WR);
}

bool Transport::HasHeldBytes() const { return ssl_ && SSL_has_pending(ssl_); }

std::string Transport::ErrorText() const {
  if (ssl_) {
    const long verify = SSL_get_verify_result(ssl_);
    if (verify != X509_V_OK) return X509_verify_cert_error_string(verify);
  }
  if (tls_error_) return OpenSslText(tls_error_);
  if (error_) return std::strerror(error_);
  return "connection closed";
}

}  // namespace furrow::http
