// SPDX-License-Identifier: Apache-2.0
#include "admin/socket_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "admin/operations.h"
#include "admin/snapshot.h"
#include "json/text.h"

namespace furrow::admin {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kRequestPatience{5};
// How long a snapshot may outlive the command that asked for it.
constexpr std::chrono::seconds kSnapshotCheck{20};

bool IsOwnerOrRoot(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

json::Value Refusal(const std::string& why) { return json::Object{{"ok", false}, {"error", why}}; }

}  // namespace

SocketServer::SocketServer(std::string dir, auth::Directory& directory, store::Engine& engine,
                           const blobs::Store& files, SocketFd listener, SocketFd stop)
    : dir_(std::move(dir)),
      directory_(directory),
      engine_(engine),
      files_(files),
      listener_(std::move(listener)),
      stop_(std::move(stop)),
      thread_([this] { Loop(); }) {}

Result<std::unique_ptr<SocketServer>> SocketServer::Start(const std::string& dir,
                                                          auth::Directory& directory,
                                                          store::Engine& engine,
                                                          const blobs::Store& files) {
  DropSnapshot(dir);
  SocketFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  SocketFd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!listener.valid() || !stop.valid()) return Status(Code::kIoError, std::strerror(errno));
  // Before bind: the file is made with the socket's own mode, so it is never open to others.
  if (::fchmod(listener.get(), 0600) != 0) return Status(Code::kIoError, std::strerror(errno));
  ::unlink((dir + "/admin.sock").c_str());
  FURROW_TRY(WithSocketAddress(
      dir, [&](const sockaddr* at, socklen_t size) { return ::bind(listener.get(), at, size); }));
  if (::listen(listener.get(), 16) != 0) return Status(Code::kIoError, std::strerror(errno));
  return std::unique_ptr<SocketServer>(
      new SocketServer(dir, directory, engine, files, std::move(listener), std::move(stop)));
}

SocketServer::~SocketServer() {
  const uint64_t one = 1;
  (void)!::write(stop_.get(), &one, sizeof(one));
  thread_.join();
  if (maker_.joinable()) maker_.join();
  ::unlink((dir_ + "/admin.sock").c_str());
}

void SocketServer::Loop() {
  for (;;) {
    pollfd waiting[2] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    const int patience = snapshot_ ? static_cast<int>(kSnapshotCheck / 1ms) : -1;
    const int ready = ::poll(waiting, 2, patience);
    if (ready < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    if (ready <= 0) {
      if (!making_) snapshot_ = snapshot_ && !DropAbandonedSnapshot(dir_);
      continue;
    }
    SocketFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client.valid()) {
      Serve(std::move(client));
    } else if (errno == EMFILE || errno == ENFILE) {
      // The waiting client stays readable: without a pause this would spin.
      pollfd stop = {stop_.get(), POLLIN, 0};
      ::poll(&stop, 1, 100);
    }
  }
}

json::Value SocketServer::Answer(const json::Value& request) {
  const std::string& op = request.At("op").AsString();
  if (op == "snapshot.end") {
    if (making_) return Refusal("a snapshot is being made");
    DropSnapshot(dir_);
    snapshot_ = false;
    return json::Object{{"ok", true}};
  }
  return Perform(directory_, engine_, request);
}

void SocketServer::BeginSnapshot(SocketFd client) {
  if (making_) {
    (void)WriteLine(client.get(), json::Write(Refusal("a snapshot is being made: try again")));
    return;
  }
  if (maker_.joinable()) maker_.join();
  snapshot_ = making_ = true;
  try {
    maker_ = std::thread([this, client = std::move(client)] {
      const Status made = MakeSnapshot(dir_, engine_, files_);
      if (!made.ok()) DropSnapshot(dir_);
      making_ = false;  // before the answer, which may be followed by snapshot.end at once
      (void)WriteLine(client.get(), json::Write(made.ok() ? json::Value(json::Object{{"ok", true}})
                                                          : Refusal(made.message())));
    });
  } catch (const std::system_error&) {
    making_ = false;  // no thread to be had; the client sees its connection closed
  }
}

void SocketServer::Serve(SocketFd client) {
  const int fd = client.get();
  if (!IsOwnerOrRoot(fd)) return;
  // An answer that nobody reads must not hold the thread.
  const timeval limit{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  const Result<std::string> line = ReadLine(fd, kRequestPatience, stop_.get());
  if (!line.ok()) return;
  const Result<json::Value> request = json::Parse(*line);
  if (request.ok() && request->At("op").AsString() == "snapshot.begin") {
    return BeginSnapshot(std::move(client));
  }
  const json::Value answer = request.ok() ? Answer(*request) : Refusal("not a JSON object");
  (void)WriteLine(fd, json::Write(answer));
}

}  // namespace furrow::admin
