// SPDX-License-Identifier: Apache-2.0
// A fixed number of threads and a bounded queue of jobs before them.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace furrow {

/// A callable taken by move only: what it captures need not be copyable. Must not throw.
class Job {
 public:
  Job() = default;
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::decay_t<F>, Job>>>
  Job(F&& f) : body_(std::make_unique<Body<std::decay_t<F>>>(std::forward<F>(f))) {}  // NOLINT
  explicit operator bool() const { return body_ != nullptr; }
  void operator()() { body_->Run(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void Run() = 0;
  };
  template <typename F>
  struct Body : Base {
    template <typename G>
    explicit Body(G&& g) : f(std::forward<G>(g)) {}
    void Run() override { f(); }
    F f;
  };
  std::unique_ptr<Base> body_;
};

/// Thread-safe. Jobs start in the order of arrival.
class WorkerPool {
 public:
  /// `name` shows in the thread list, cut to 15 characters. Throws std::system_error when the
  /// system gives no more threads.
  WorkerPool(int threads, size_t queue_max, std::string name);
  ~WorkerPool();  ///< Stop().
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Takes `job`, or leaves it whole and returns false when `queue_max` jobs wait or after Stop.
  bool TryPost(Job& job);
  /// As TryPost, but not held back by `queue_max`: for the next step of work once let in, whose
  /// number the caller bounds. After Stop the job is destroyed unrun and false returned.
  bool Post(Job job);
  /// Waits for the jobs that run and destroys those that wait. Not from a job.
  void Stop();

  size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  /// True on one of this pool's threads.
  bool OnPoolThread() const;

 private:
  void Work();
  void Push(Job&& job) FURROW_REQUIRES(mutex_);

  const size_t queue_max_;
  const std::string name_;
  Mutex mutex_;
  CondVar wake_;
  std::deque<Job> queue_ FURROW_GUARDED_BY(mutex_);
  size_t idle_ FURROW_GUARDED_BY(mutex_) = 0;
  bool stopped_ FURROW_GUARDED_BY(mutex_) = false;
  std::atomic<size_t> waiting_{0};
  std::vector<std::thread> threads_;
};

}  // namespace furrow
