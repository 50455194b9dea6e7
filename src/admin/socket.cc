// SPDX-License-Identifier: Apache-2.0
#include "admin/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "json/text.h"

namespace furrow::admin {
namespace {

constexpr char kName[] = "admin.sock";

Status Gone() { return Status(Code::kUnavailable, "the other side closed the connection"); }

}  // namespace

SocketFd::~SocketFd() {
  if (fd_ >= 0) ::close(fd_);
}

SocketFd& SocketFd::operator=(SocketFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Status WithSocketAddress(const std::string& dir,
                         const std::function<int(const sockaddr*, socklen_t)>& use) {
  // An address holds 107 bytes, a path may have more: reached through the directory's descriptor it
  // is always short.
  const SocketFd folder(::open(dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) {
    const Code code = errno == ENOENT ? Code::kNotFound : Code::kIoError;
    return Status(code, dir + ": " + std::strerror(errno));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", folder.get(),
                kName);
  if (use(reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return {};
  Code code = Code::kIoError;
  if (errno == ENOENT || errno == ECONNREFUSED) code = Code::kNotFound;
  if (errno == EACCES || errno == EPERM) code = Code::kPermissionDenied;
  return Status(code, dir + "/" + kName + ": " + std::strerror(errno));
}

Result<std::string> ReadLine(int fd, std::chrono::milliseconds patience, int stop_fd) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::string line;
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Status(Code::kUnavailable, "no answer in time");
    pollfd waiting[2] = {{fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    const int ready = ::poll(waiting, 2, static_cast<int>(left.count()) + 1);
    if (ready < 0 && errno != EINTR) return Gone();
    if (waiting[1].revents != 0) return Status(Code::kUnavailable, "stopping");
    if (ready <= 0) continue;
    const ssize_t n = ::recv(fd, buffer, sizeof(buffer), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Gone();
    const std::string_view fresh(buffer, static_cast<size_t>(n));
    const size_t end = fresh.find('\n');
    line += fresh.substr(0, end);
    if (line.size() > kLineBytesMax) return Status(Code::kTooLarge, "the line is too long");
    if (end != std::string_view::npos) return line;
  }
}

Status WriteLine(int fd, std::string line) {
  line += '\n';
  std::string_view left = line;
  while (!left.empty()) {
    const ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Gone();
    left.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<std::optional<json::Value>> AskServer(const std::string& dir, const json::Value& request,
                                             std::chrono::milliseconds patience) {
  const SocketFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return Status(Code::kIoError, std::strerror(errno));
  const Status connected = WithSocketAddress(
      dir, [&](const sockaddr* to, socklen_t size) { return ::connect(fd.get(), to, size); });
  if (connected.code() == Code::kNotFound) return std::optional<json::Value>();
  FURROW_TRY(connected);
  FURROW_TRY(WriteLine(fd.get(), json::Write(request)));
  FURROW_ASSIGN(const std::string line, ReadLine(fd.get(), patience));
  FURROW_ASSIGN(json::Value answer, json::Parse(line));
  return std::optional<json::Value>(std::move(answer));
}

}  // namespace furrow::admin
