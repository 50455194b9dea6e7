// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <optional>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/server.h"
#include "http/text.h"
#include "http/transport.h"
#include "http/url.h"

namespace furrow::http {

namespace {

namespace beast_http = boost::beast::http;
using Parser = beast_http::response_parser<beast_http::string_body>;

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kKeptMax = 16;
constexpr uint32_t kHeaderBytesMax = 64 * 1024;

bool IsFieldText(std::string_view text) {
  for (const char c : text)
    if (c == '\r' || c == '\n' || c == '\0') return false;
  return true;
}

/// An open connection. Every wait is bounded by `timeout`.
class Link {
 public:
  Link(int fd, std::chrono::milliseconds timeout) : fd_(fd), transport_(fd), timeout_(timeout) {}
  ~Link() { ::close(fd_); }
  Transport& transport() { return transport_; }

  Status Wait(IoState state) const {
    pollfd poll_fd{fd_, static_cast<short>(state == IoState::kWantWrite ? POLLOUT : POLLIN), 0};
    for (;;) {
      const int n = ::poll(&poll_fd, 1, static_cast<int>(timeout_.count()));
      if (n > 0) return {};
      if (n == 0) return Status(Code::kUnavailable, "no answer in time");
      if (errno != EINTR) return Status(Code::kUnavailable, std::strerror(errno));
    }
  }

  Status Write(std::string_view head, std::string_view body) {
    iovec pieces[2] = {{const_cast<char*>(head.data()), head.size()},
                       {const_cast<char*>(body.data()), body.size()}};
    iovec* at = pieces;
    int count = 2;
    while (count > 0) {
      if (at->iov_len == 0) {
        ++at;
        --count;
        continue;
      }
      const IoResult result = transport_.Write(at, count, false);
      if (result.state == IoState::kOk) {
        size_t left = result.bytes;
        while (left > 0) {
          const size_t take = std::min(left, at->iov_len);
          at->iov_base = static_cast<char*>(at->iov_base) + take;
          at->iov_len -= take;
          left -= take;
          if (at->iov_len == 0) {
            ++at;
            --count;
          }
        }
      } else if (result.state == IoState::kEnd || result.state == IoState::kFailed) {
        return Status(Code::kUnavailable, transport_.ErrorText());
      } else {
        FURROW_TRY(Wait(result.state));
      }
    }
    return {};
  }

  /// 0 at the end of the stream.
  Result<size_t> Read(char* to, size_t size) {
    for (;;) {
      const IoResult result = transport_.Read(to, size);
      if (result.state == IoState::kOk) return result.bytes;
      if (result.state == IoState::kEnd) return size_t{0};
      if (result.state == IoState::kFailed)
        return Status(Code::kUnavailable, transport_.ErrorText());
      FURROW_TRY(Wait(result.state));
    }
  }

  /// True when the other side has closed it, or sent what nobody asked for.
  bool Stale() const {
    char byte = 0;
    const ssize_t n = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    // With TLS bytes between answers are normal: session tickets.
    return n == 0 || (n > 0 && !transport_.tls()) || (n < 0 && errno != EAGAIN);
  }

 private:
  const int fd_;
  Transport transport_;
  const std::chrono::milliseconds timeout_;
};

Status ConnectOne(const addrinfo& address, std::chrono::milliseconds timeout, int& fd) {
  fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Status(Code::kUnavailable, std::strerror(errno));
  int error = 0;
  if (::connect(fd, address.ai_addr, address.ai_addrlen) != 0) {
    error = errno;
    if (error == EINPROGRESS) {
      pollfd poll_fd{fd, POLLOUT, 0};
      int n = 0;
      do {
        n = ::poll(&poll_fd, 1, static_cast<int>(timeout.count()));
      } while (n < 0 && errno == EINTR);
      error = ETIMEDOUT;
      socklen_t size = sizeof error;
      if (n > 0) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    }
  }
  if (error == 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return {};
  }
  ::close(fd);
  fd = -1;
  return Status(Code::kUnavailable, std::strerror(error));
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : options_(std::move(options)) {}

  Result<Response> Send(const ClientRequest& request);

 private:
  Result<std::unique_ptr<Link>> Connect(const Url& url);
  Result<std::string> Head(const ClientRequest& request, const Url& url) const;
  /// `began`: some of the answer has arrived.
  Result<Response> Exchange(Link& link, const ClientRequest& request, const std::string& head,
                            bool& began, bool& keep);

  const ClientOptions options_;
  std::shared_ptr<TlsContext> tls_;
  std::map<std::string, std::unique_ptr<Link>> kept_;
};

Result<std::unique_ptr<Link>> Client::Impl::Connect(const Url& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(url.host.c_str(), std::to_string(url.port).c_str(), &hints, &found);
  if (rc != 0) return Status(Code::kUnavailable, gai_strerror(rc));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  Status status(Code::kUnavailable, "no address");
  int fd = -1;
  for (const addrinfo* at = found; at && fd < 0; at = at->ai_next)
    status = ConnectOne(*at, options_.timeout, fd);
  if (fd < 0) return status;
  auto link = std::make_unique<Link>(fd, options_.timeout);
  if (url.secure) {
    if (!tls_) {
      FURROW_ASSIGN(tls_, TlsContext::ForClient(options_.ca_file));
    }
    FURROW_TRY(link->transport().StartTls(*tls_, false, url.host));
    for (;;) {
      const IoResult result = link->transport().Handshake();
      if (result.state == IoState::kOk) break;
      if (result.state == IoState::kEnd || result.state == IoState::kFailed)
        return Status(Code::kUnavailable, "TLS: " + link->transport().ErrorText());
      FURROW_TRY(link->Wait(result.state));
    }
  }
  return link;
}

Result<std::string> Client::Impl::Head(const ClientRequest& request, const Url& url) const {
  const auto bad = [](const std::string& what) { return Status(Code::kInvalidArgument, what); };
  if (request.method.empty() || request.method.find_first_of(" \r\n") != std::string::npos)
    return bad("bad method");
  std::string head = request.method + " " + url.target + " HTTP/1.1\r\n";
  if (!request.headers.Has("Host")) head += "Host: " + url.authority + "\r\n";
  for (const Header& field : request.headers.all()) {
    if (!IsFieldText(field.name) || !IsFieldText(field.value) || field.name.empty() ||
        field.name.find_first_of(": ") != std::string::npos)
      return bad("bad header field " + field.name);
    if (EqualNoCase(field.name, "Content-Length") || EqualNoCase(field.name, "Transfer-Encoding"))
      continue;
    head += field.name + ": " + field.value + "\r\n";
  }
  const bool wants_length =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (wants_length || !request.body.empty())
    head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  head += "\r\n";
  return head;
}

Result<Response> Client::Impl::Exchange(Link& link, const ClientRequest& request,
                                        const std::string& head, bool& began, bool& keep) {
  const auto broken = [](const std::string& why) { return Status(Code::kUnavailable, why); };
  // A server that refuses a body answers and closes: the answer may be there although not all of
  // the request could be written.
  const Status written = link.Write(head, request.body);
  std::optional<Parser> parser;
  const auto renew = [&] {
    parser.emplace();
    parser->header_limit(kHeaderBytesMax);
    parser->body_limit(options_.body_bytes_max);
    parser->eager(true);
    if (request.method == "HEAD") parser->skip(true);
  };
  renew();
  std::string input;
  const std::unique_ptr<char[]> buffer(new char[kReadBytes]);
  boost::system::error_code error;
  for (;;) {
    FURROW_ASSIGN(const size_t n, link.Read(buffer.get(), kReadBytes));
    if (n == 0) {
      if (!began) return written.ok() ? broken("connection closed") : written;
      parser->put_eof(error);
      if (error || !parser->is_done()) return broken("the answer ended early");
      break;
    }
    began = true;
    input.append(buffer.get(), n);
    size_t used = 0;
    while (used < input.size() && !parser->is_done()) {
      used +=
          parser->put(boost::asio::const_buffer(input.data() + used, input.size() - used), error);
      if (error == beast_http::error::need_more) break;
      if (error == beast_http::error::body_limit)
        return Status(Code::kTooLarge, "the answer is too large");
      if (error) return broken("malformed answer: " + error.message());
      if (parser->is_done() && parser->get().result_int() / 100 == 1) renew();
    }
    input.erase(0, used);
    if (input.size() > kHeaderBytesMax + kReadBytes) return broken("malformed answer");
    if (parser->is_done()) break;
  }
  keep = written.ok() && input.empty() && parser->keep_alive();
  auto message = parser->release();
  Response response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message)
    response.headers.Add(std::string(field.name_string().data(), field.name_string().size()),
                         std::string(field.value().data(), field.value().size()));
  response.body = std::move(message.body());
  return response;
}

Result<Response> Client::Impl::Send(const ClientRequest& request) {
  FURROW_ASSIGN(const Url url, ParseUrl(request.url));
  FURROW_ASSIGN(const std::string head, Head(request, url));
  const std::string where = (url.secure ? "https://" : "http://") + url.authority;
  for (;;) {
    std::unique_ptr<Link> link;
    if (const auto found = kept_.find(where); found != kept_.end()) {
      link = std::move(found->second);
      kept_.erase(found);
      if (link->Stale()) link.reset();
    }
    const bool reused = link != nullptr;
    if (!link) {
      auto connected = Connect(url);
      if (!connected.ok()) return connected.status().With(where);
      link = std::move(connected).value();
    }
    bool began = false;
    bool keep = false;
    auto response = Exchange(*link, request, head, began, keep);
    if (response.ok()) {
      if (keep) {
        if (kept_.size() >= kKeptMax) kept_.erase(kept_.begin());
        kept_[where] = std::move(link);
      }
      return response;
    }
    // Closed by the server while it was idle, most likely; a fresh one decides.
    if (reused && !began && response.status().message() != "no answer in time") continue;
    return response.status().With(where);
  }
}

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Result<Response> Client::Send(const ClientRequest& request) { return impl_->Send(request); }

}  // namespace furrow::http
