// SPDX-License-Identifier: Apache-2.0
// What a server's connections share: options, the pool, counters, and the network threads. Private
// to this module.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/pool.h"
#include "http/server.h"
#include "http/transport.h"

namespace furrow::http {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <typename T>
using Await = asio::awaitable<T, Executor>;
using UseAwait = asio::use_awaitable_t<Executor>;
inline constexpr UseAwait kAwait{};

class Connection;

/// One coroutine waits, something on the same network thread wakes it.
class Signal {
 public:
  Await<void> Wait() {
    return asio::async_initiate<const UseAwait, void()>(
        [this](Waiter waiter) { waiter_.emplace(std::move(waiter)); }, kAwait);
  }
  /// Nothing happens when nobody waits. The waiter runs before this returns.
  void Set() {
    if (!waiter_) return;
    Waiter waiter = std::move(*waiter_);
    waiter_.reset();
    waiter();
  }

 private:
  using Waiter = asio::async_result<UseAwait, void()>::handler_type;
  std::optional<Waiter> waiter_;
};

/// One network thread and what belongs to it.
class Loop {
 public:
  static constexpr size_t kScratchBytes = 64 * 1024;

  Loop();
  /// Runs a copy of `f` on the network thread. From any thread; false once closed. Waits for memory
  /// rather than fail: somebody counts on every one of these.
  template <typename F>
  bool Post(const F& f) {
    for (;;) {
      try {
        std::lock_guard lock(mutex_);
        if (closed_) return false;
        asio::post(context, F(f));
        return true;
      } catch (const std::bad_alloc&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    }
  }
  /// No more posts; destroys what was posted and not run. Only when the thread has ended.
  void Close();

  asio::io_context context{1};
  /// Input is read here first: an idle connection owns no buffer. Network thread only.
  const std::unique_ptr<char[]> scratch;
  std::list<Connection*> connections;  ///< network thread only
  /// The Date field's text, now. Network thread only.
  std::string_view Date();

 private:
  std::mutex mutex_;
  bool closed_ = false;
  int64_t date_second_ = -1;
  std::string date_;
};

/// A counted share of a bound; gives back what it took.
class Charge {
 public:
  explicit Charge(std::atomic<size_t>& used) : used_(used) {}
  ~Charge() { used_.fetch_sub(mine_, std::memory_order_relaxed); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;
  /// False when `max` would be passed; nothing is taken then.
  bool Grow(size_t bytes, size_t max) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes > max) {
      used_.fetch_sub(bytes, std::memory_order_relaxed);
      return false;
    }
    mine_ += bytes;
    return true;
  }
  void Reset() {
    used_.fetch_sub(mine_, std::memory_order_relaxed);
    mine_ = 0;
  }
  size_t mine() const { return mine_; }

 private:
  std::atomic<size_t>& used_;
  size_t mine_ = 0;
};

/// Outlives the server for as long as a Responder is kept somewhere.
struct Core {
  explicit Core(ServerOptions given);

  const ServerOptions options;
  std::unique_ptr<WorkerPool> pool;  ///< from Server::Start on
  std::shared_ptr<TlsContext> tls;
  std::vector<std::unique_ptr<Loop>> loops;

  std::atomic<bool> draining{false};
  std::atomic<size_t> connections_open{0};
  std::atomic<size_t> bodies_bytes{0};  ///< collected bodies and upload buffers
  std::atomic<size_t> heads_bytes{0};   ///< parts of heads
  std::atomic<uint64_t> requests{0};
  std::atomic<uint64_t> bytes_in{0};
  std::atomic<uint64_t> bytes_out{0};
  std::atomic<uint64_t> refused{0};

  /// For what only has to be destroyed on the pool: without memory it happens here.
  template <typename F>
  void PostQuietly(F&& f) {
    try {
      pool->Post(std::forward<F>(f));
    } catch (...) {
    }
  }

  /// Waits until no connection is open.
  bool WaitClosed(std::optional<std::chrono::milliseconds> patience);
  void ConnectionClosed();

 private:
  std::mutex mutex_;
  std::condition_variable closed_;
};

}  // namespace furrow::http
