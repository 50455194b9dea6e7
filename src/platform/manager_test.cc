// SPDX-License-Identifier: Apache-2.0
#include "platform/manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace furrow::platform {
namespace {

// What arrives at a socket of this name, "@…" for an abstract one.
std::string Received(const std::string& name) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof(address.sun_path) - 1);
  if (name[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  TellManager("READY=1");
  ::unsetenv("NOTIFY_SOCKET");
  char buffer[64];
  const ssize_t n = ::recv(fd, buffer, sizeof(buffer), 0);
  ::close(fd);
  return n < 0 ? "nothing" : std::string(buffer, static_cast<size_t>(n));
}

TEST(Manager, IsToldWhereItListens) {
  char dir[] = "/tmp/furrow-manager-XXXXXX";
  ASSERT_NE(::mkdtemp(dir), nullptr);
  EXPECT_EQ(Received(std::string(dir) + "/notify"), "READY=1");
  EXPECT_EQ(Received("@furrow-manager-test-" + std::to_string(::getpid())), "READY=1");
  std::filesystem::remove_all(dir);
}

TEST(Manager, NobodyListeningHurtsNobody) {
  ::unsetenv("NOTIFY_SOCKET");
  TellManager("READY=1");
  for (const std::string& name : {std::string("relative"), std::string("/nowhere/at/all"),
                                  "/" + std::string(300, 'x'), std::string()}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    TellManager("READY=1");
  }
  ::unsetenv("NOTIFY_SOCKET");
}

}  // namespace
}  // namespace furrow::platform
