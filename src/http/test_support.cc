// SPDX-License-Identifier: Apache-2.0
#include "http/test_support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "http/body.h"
#include "http/text.h"

namespace furrow::http::test {

std::unique_ptr<BodySink> TestHandler::Accept(const RequestHead& head) {
  return accept ? accept(head) : nullptr;
}

void TestHandler::Handle(Request request, Responder respond) {
  ++handled;
  if (handle) {
    handle(std::move(request), std::move(respond));
    return;
  }
  respond(Response::Text(200, request.method + " " + request.target + " " + request.body));
}

Response TestHandler::TransportError(int status, std::string_view why) {
  ++refused;
  Response response =
      Response::Text(status, "refused: " + std::to_string(status) + " " + std::string(why));
  response.headers.Add("X-Transport", "yes");
  return response;
}

TestServer::TestServer(ServerOptions options) : server(std::move(options)) {
  auto bound = server.Listen(7, {"127.0.0.1", 0}, handler);
  if (bound.ok()) port = *bound;
  if (!server.Start().ok()) port = 0;
}

std::string RawAnswer::Field(std::string_view name) const {
  size_t at = head.find("\r\n");
  while (at != std::string::npos && at + 2 < head.size()) {
    at += 2;
    const size_t end = head.find("\r\n", at);
    const std::string_view line = std::string_view(head).substr(at, end - at);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && EqualNoCase(line.substr(0, colon), name))
      return std::string(Trim(line.substr(colon + 1)));
    at = end;
  }
  return {};
}

RawClient::RawClient(uint16_t port, const std::string& address, int receive_buffer) {
  const bool v6 = address.find(':') != std::string::npos;
  fd_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer > 0)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const timeval limit{10, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  int rc = -1;
  if (v6) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    inet_pton(AF_INET6, address.c_str(), &to.sin6_addr);
    rc = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  } else {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &to.sin_addr);
    rc = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  if (rc != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

RawClient::~RawClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool RawClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

bool RawClient::Fill() {
  char buffer[65536];
  const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0) return false;
  input_.append(buffer, static_cast<size_t>(n));
  return true;
}

RawAnswer RawClient::Read(bool to_head) {
  RawAnswer answer;
  size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!Fill()) return answer;
  answer.head = input_.substr(0, end + 4);
  input_.erase(0, end + 4);
  if (std::sscanf(answer.head.c_str(), "HTTP/1.1 %d ", &answer.status) != 1) answer.status = -1;
  const int status = answer.status;
  if (to_head || status == 204 || status == 304 || status < 200) {
    answer.whole = true;
    return answer;
  }
  uint64_t length = 0;
  if (EqualNoCase(answer.Field("Transfer-Encoding"), "chunked")) {
    ChunkDecoder decoder;
    for (;;) {
      std::string_view rest = input_;
      std::string_view data;
      const auto step = decoder.Next(rest, data);
      answer.body += data;
      input_.erase(0, input_.size() - rest.size());
      if (step == ChunkDecoder::Step::kDone) answer.whole = true;
      if (step == ChunkDecoder::Step::kDone || step == ChunkDecoder::Step::kBad) return answer;
      if (step == ChunkDecoder::Step::kNeedMore && !Fill()) return answer;
    }
  }
  if (!ParseDecimal(answer.Field("Content-Length"), length)) {
    while (Fill()) {
    }
    answer.body.swap(input_);
    answer.whole = true;
    return answer;
  }
  while (input_.size() < length)
    if (!Fill()) break;
  answer.whole = input_.size() >= length;
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

bool RawClient::Closed() {
  char byte = 0;
  if (!input_.empty()) return false;
  const ssize_t n = ::recv(fd_, &byte, 1, 0);
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

bool RawClient::Silent() {
  char byte = 0;
  return input_.empty() && ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

void RawClient::EndWrites() { ::shutdown(fd_, SHUT_WR); }

void RawClient::Reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd_);
  fd_ = -1;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string Pattern(size_t size) {
  std::string text(size, '\0');
  uint64_t state = 0x9e3779b97f4a7c15ull;
  for (char& c : text) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    c = static_cast<char>(state >> 56);
  }
  return text;
}

size_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  unsigned long total = 0;
  unsigned long resident = 0;
  const int n = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return n == 2 ? resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace furrow::http::test
