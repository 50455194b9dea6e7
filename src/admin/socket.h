// SPDX-License-Identifier: Apache-2.0
// DIR/admin.sock: a local socket that only the owner of the data directory can open. One JSON
// object per line each way, one request per connection.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"

namespace furrow::admin {

inline constexpr size_t kLineBytesMax = 256 * 1024;

/// Owns a descriptor.
class SocketFd {
 public:
  explicit SocketFd(int fd = -1) : fd_(fd) {}
  ~SocketFd();
  SocketFd(SocketFd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  SocketFd& operator=(SocketFd&& other) noexcept;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// The address of DIR/admin.sock, whatever the length of DIR: `bind_or_connect` is called with it.
Status WithSocketAddress(const std::string& dir,
                         const std::function<int(const sockaddr*, socklen_t)>& use);

/// Reads up to a line feed, which is dropped. Ends early when `stop_fd` (if not -1) is readable.
/// Errors: kUnavailable when the other side closes or the time is up, kTooLarge.
Result<std::string> ReadLine(int fd, std::chrono::milliseconds patience, int stop_fd = -1);
Status WriteLine(int fd, std::string line);

/// Asks the server that runs on `dir`; nullopt when none does. Errors: kPermissionDenied,
/// kUnavailable when it does not answer in time.
Result<std::optional<json::Value>> AskServer(
    const std::string& dir, const json::Value& request,
    std::chrono::milliseconds patience = std::chrono::seconds(30));

}  // namespace furrow::admin
