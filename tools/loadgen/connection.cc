// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace furrow::loadgen {
namespace {

constexpr size_t kHeadBytesMax = 64u << 10;
constexpr size_t kReadBytes = 256u << 10;

}  // namespace

Connection::~Connection() { Close(); }

void Connection::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Connection::Open(uint16_t port) {
  Close();
  state_ = State::kIdle;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return false;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    Close();
    return false;
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
  return true;
}

void Connection::Break(std::string why) {
  problem_ = std::move(why);
  state_ = State::kBroken;
}

void Connection::Send(std::string_view bytes) {
  out_ = bytes;
  head_.clear();
  body_.clear();
  head_done_ = false;
  body_left_ = 0;
  answer_ = {};
  state_ = State::kSending;
  Progress();
}

bool Connection::TakeHead() {
  const size_t end = head_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (head_.size() > kHeadBytesMax) Break("an answer's head without an end");
    return false;
  }
  if (head_.size() < 12 || head_.compare(0, 7, "HTTP/1.") != 0) {
    Break("no HTTP answer");
    return false;
  }
  std::from_chars(head_.data() + 9, head_.data() + 12, answer_.status);
  static constexpr std::string_view kLength = "\r\ncontent-length:";
  bool found = false;
  for (size_t at = head_.find("\r\n"); at < end; at = head_.find("\r\n", at + 2)) {
    if (::strncasecmp(head_.data() + at, kLength.data(), kLength.size()) != 0) continue;
    size_t digit = at + kLength.size();
    while (digit < end && head_[digit] == ' ') ++digit;
    found = std::from_chars(head_.data() + digit, head_.data() + end, body_left_).ec == std::errc();
  }
  if (!found) {
    Break("an answer without Content-Length");
    return false;
  }
  answer_.body_bytes = body_left_;
  const std::string rest = head_.substr(end + 4);
  head_.resize(end + 4);
  head_done_ = true;
  if (!rest.empty()) Take(rest.data(), rest.size());
  return true;
}

void Connection::Take(const char* data, size_t size) {
  if (!head_done_) {
    head_.append(data, size);
    if (!TakeHead()) return;
  } else {
    if (size > body_left_) return Break("more than the answer");
    if (body_.size() < kBodyKept) body_.append(data, std::min(size, kBodyKept - body_.size()));
    body_left_ -= size;
  }
  if (head_done_ && body_left_ == 0 && state_ != State::kBroken) {
    answer_.body = body_;
    state_ = State::kAnswered;
  }
}

void Connection::Progress() {
  while (state_ == State::kSending) {
    const ssize_t n = ::send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n > 0) {
      out_.remove_prefix(static_cast<size_t>(n));
      if (out_.empty()) state_ = State::kReceiving;
    } else if (errno == EAGAIN) {
      // An early answer (a refusal) may be there before all is sent.
      break;
    } else if (errno != EINTR) {
      return Break(std::string("send: ") + std::strerror(errno));
    }
  }
  static thread_local std::string buffer(kReadBytes, '\0');
  while (state_ == State::kReceiving) {
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n > 0) {
      Take(buffer.data(), static_cast<size_t>(n));
    } else if (n == 0) {
      return Break("the server closed the connection");
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR) {
      return Break(std::string("recv: ") + std::strerror(errno));
    }
  }
}

}  // namespace furrow::loadgen
