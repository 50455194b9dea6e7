// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <future>
#include <system_error>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.h"
#include "http/core.h"

namespace furrow::http {

namespace {

constexpr std::chrono::milliseconds kSweepEvery{250};
constexpr std::chrono::milliseconds kStarvedPause{100};
constexpr std::chrono::milliseconds kNoMemoryPause{5};
constexpr int kAcceptsInARow = 64;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

std::string PeerAddress(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  } else if (address.ss_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6))
      inet_ntop(AF_INET, v6.s6_addr + 12, text, sizeof text);
    else
      inet_ntop(AF_INET6, &v6, text, sizeof text);
  }
  return text;
}

bool ParseEndpoint(const Endpoint& endpoint, sockaddr_storage& out, socklen_t& size) {
  std::string text = endpoint.address;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  out = {};
  auto& v4 = reinterpret_cast<sockaddr_in&>(out);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    size = sizeof v4;
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    size = sizeof v6;
    return true;
  }
  return false;
}

Status ListenFailure(const Endpoint& endpoint, int error) {
  const std::string where = "port " + std::to_string(endpoint.port) + " on " + endpoint.address;
  switch (error) {
    case EADDRINUSE:
      return Status(Code::kAlreadyExists,
                    where + " is taken: stop what listens there or choose another port");
    case EACCES:
      return Status(Code::kPermissionDenied, where + " needs more rights than this user has");
    case EADDRNOTAVAIL:
      return Status(Code::kInvalidArgument,
                    endpoint.address + " is not an address of this machine");
    default:
      return Status(Code::kIoError, where + " cannot be listened on: " + std::strerror(error));
  }
}

}  // namespace

class Server::Impl {
 public:
  explicit Impl(ServerOptions options) : core_(std::make_shared<Core>(std::move(options))) {}
  ~Impl() { Drain(std::chrono::milliseconds(0)); }

  Result<uint16_t> Listen(int id, const Endpoint& endpoint, Handler& handler);
  Status Start();
  void Drain(std::chrono::milliseconds patience);
  Stats stats() const;

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
  struct Listener {
    int id;
    Handler* handler;
    int fd;
    std::unique_ptr<Descriptor> descriptor;  ///< first network thread only, after Start
  };

  Await<void> Accept(Listener& listener);
  bool AcceptWaiting(const Listener& listener);
  void Admit(const Listener& listener, int fd, const sockaddr_storage& peer);
  Await<void> SweepForEver(Loop& loop);
  void OnEachLoop(const std::function<void(Loop&)>& f);

  const std::shared_ptr<Core> core_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::thread> threads_;
  size_t next_loop_ = 0;
  std::mutex drain_mutex_;
  bool drained_ = false;
};

Result<uint16_t> Server::Impl::Listen(int id, const Endpoint& endpoint, Handler& handler) {
  sockaddr_storage address;
  socklen_t size = 0;
  if (!ParseEndpoint(endpoint, address, size))
    return Status(Code::kInvalidArgument, "'" + endpoint.address + "' is not an IP address");
  const int fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ListenFailure(endpoint, errno);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 4096) != 0) {
    const int error = errno;
    ::close(fd);
    return ListenFailure(endpoint, error);
  }
  size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  const uint16_t port =
      ntohs(address.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(address).sin_port
                                         : reinterpret_cast<sockaddr_in6&>(address).sin6_port);
  listeners_.push_back(std::make_unique<Listener>(Listener{id, &handler, fd, nullptr}));
  return port;
}

Status Server::Impl::Start() {
  if (!core_->options.tls.certificate.empty()) {
    FURROW_ASSIGN(core_->tls, TlsContext::ForServer(core_->options.tls));
  }
  try {
    core_->pool = std::make_unique<WorkerPool>(std::max(1, core_->options.pool_threads),
                                               core_->options.pool_queue_max, "http-pool");
    const int count = std::max(1, core_->options.network_threads);
    for (int i = 0; i < count; ++i) core_->loops.push_back(std::make_unique<Loop>());
    for (const auto& loop : core_->loops) {
      asio::co_spawn(loop->context, SweepForEver(*loop), asio::detached);
      threads_.emplace_back([&context = loop->context] {
        pthread_setname_np(pthread_self(), "http-net");
        const auto work = asio::make_work_guard(context);
        while (!context.stopped()) {
          try {
            context.run();
          } catch (const std::bad_alloc&) {
            // What ran has failed and said so; what waits goes on.
          }
        }
      });
    }
  } catch (const std::system_error& error) {
    Drain(std::chrono::milliseconds(0));
    return Status(Code::kResourceExhausted, std::string("network threads: ") + error.what());
  }
  Loop& first = *core_->loops.front();
  for (const auto& listener : listeners_) {
    first.Post([this, &first, listener = listener.get()] {
      listener->descriptor = std::make_unique<Descriptor>(first.context, listener->fd);
      asio::co_spawn(first.context, Accept(*listener), asio::detached);
    });
  }
  return {};
}

/// Lets in those who wait. False when nobody can be let in until somebody leaves.
bool Server::Impl::AcceptWaiting(const Listener& listener) {
  for (int i = 0; i < kAcceptsInARow && !core_->draining; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd = ::accept4(listener.fd, reinterpret_cast<sockaddr*>(&peer), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      Admit(listener, fd, peer);
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      return false;
    }
  }
  return true;
}

Await<void> Server::Impl::Accept(Listener& listener) {
  Timer pause(core_->loops.front()->context);
  while (!core_->draining) {
    try {
      boost::system::error_code error;
      co_await listener.descriptor->async_wait(asio::posix::descriptor_base::wait_read,
                                               asio::redirect_error(kAwait, error));
      if (AcceptWaiting(listener)) continue;
      // Asking again at once would only burn a core.
      pause.expires_after(kStarvedPause);
      co_await pause.async_wait(asio::redirect_error(kAwait, error));
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kNoMemoryPause);
    }
  }
}

void Server::Impl::Admit(const Listener& listener, int fd, const sockaddr_storage& peer) {
  if (core_->connections_open.load() >= core_->options.connections_max) {
    core_->refused.fetch_add(1, std::memory_order_relaxed);
    ::close(fd);
    return;
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  Loop& loop = *core_->loops[next_loop_++ % core_->loops.size()];
  core_->connections_open.fetch_add(1);
  try {
    loop.Post([core = core_, &loop, fd,
               origin = Origin{listener.id, listener.handler, PeerAddress(peer)}] {
      Connection::Start(core, loop, fd, origin);
    });
  } catch (const std::bad_alloc&) {
    ::close(fd);
    core_->ConnectionClosed();
  }
}

Await<void> Server::Impl::SweepForEver(Loop& loop) {
  Timer timer(loop.context);
  for (;;) {
    try {
      timer.expires_after(kSweepEvery);
      boost::system::error_code error;
      co_await timer.async_wait(asio::redirect_error(kAwait, error));
      const SteadyTime now = std::chrono::steady_clock::now();
      for (Connection* connection : loop.connections) connection->Sweep(now);
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kNoMemoryPause);
    }
  }
}

/// Returns once `f` has run on every network thread.
void Server::Impl::OnEachLoop(const std::function<void(Loop&)>& f) {
  for (size_t i = 0; i < threads_.size(); ++i) {
    Loop& loop = *core_->loops[i];
    std::promise<void> done;
    if (loop.Post([&] {
          f(loop);
          done.set_value();
        }))
      done.get_future().wait();
  }
}

void Server::Impl::Drain(std::chrono::milliseconds patience) {
  std::lock_guard lock(drain_mutex_);
  if (drained_) return;
  drained_ = true;
  core_->draining = true;
  if (!threads_.empty()) {
    OnEachLoop([this](Loop& loop) {
      if (&loop == core_->loops.front().get())
        for (const auto& listener : listeners_)
          if (listener->descriptor) listener->descriptor->close();
      for (Connection* connection : loop.connections) connection->CloseIfIdle();
    });
    if (!core_->WaitClosed(patience)) {
      OnEachLoop([](Loop& loop) {
        for (Connection* connection : loop.connections) connection->Abort();
      });
      core_->WaitClosed(std::nullopt);
    }
  }
  if (core_->pool) core_->pool->Stop();
  for (const auto& loop : core_->loops) loop->context.stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const auto& listener : listeners_)
    if (!listener->descriptor) ::close(listener->fd);
  for (const auto& loop : core_->loops) loop->Close();
}

Server::Stats Server::Impl::stats() const {
  Stats stats;
  stats.connections_open = core_->connections_open.load(std::memory_order_relaxed);
  stats.requests = core_->requests.load(std::memory_order_relaxed);
  stats.bytes_in = core_->bytes_in.load(std::memory_order_relaxed);
  stats.bytes_out = core_->bytes_out.load(std::memory_order_relaxed);
  stats.refused = core_->refused.load(std::memory_order_relaxed);
  stats.pool_queue = core_->pool ? core_->pool->waiting() : 0;
  return stats;
}

Server::Server(ServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Server::~Server() = default;
Result<uint16_t> Server::Listen(int id, const Endpoint& endpoint, Handler& handler) {
  return impl_->Listen(id, endpoint, handler);
}
Status Server::Start() { return impl_->Start(); }
void Server::Drain(std::chrono::milliseconds patience) { impl_->Drain(patience); }
Server::Stats Server::stats() const { return impl_->stats(); }

}  // namespace furrow::http
