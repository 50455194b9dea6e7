// SPDX-License-Identifier: Apache-2.0
#include "base/pool.h"

#include <pthread.h>

namespace furrow {

namespace {
thread_local const WorkerPool* current_pool = nullptr;
}

WorkerPool::WorkerPool(int threads, size_t queue_max, std::string name)
    : queue_max_(queue_max), name_(name.substr(0, 15)) {
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  } catch (...) {
    Stop();
    throw;
  }
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::OnPoolThread() const { return current_pool == this; }

void WorkerPool::Push(Job&& job) {
  queue_.push_back(std::move(job));
  waiting_.store(queue_.size(), std::memory_order_relaxed);
}

bool WorkerPool::TryPost(Job& job) {
  bool wake = false;
  {
    MutexLock lock(mutex_);
    if (stopped_ || queue_.size() >= queue_max_) return false;
    Push(std::move(job));
    wake = idle_ > 0;
  }
  if (wake) wake_.NotifyOne();
  return true;
}

bool WorkerPool::Post(Job job) {
  bool wake = false;
  {
    MutexLock lock(mutex_);
    if (stopped_) return false;
    Push(std::move(job));
    wake = idle_ > 0;
  }
  if (wake) wake_.NotifyOne();
  return true;
}

void WorkerPool::Work() {
  current_pool = this;
  pthread_setname_np(pthread_self(), name_.c_str());
  for (;;) {
    Job job;
    {
      MutexLock lock(mutex_);
      ++idle_;
      while (!stopped_ && queue_.empty()) wake_.Wait(lock);
      --idle_;
      if (stopped_) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      waiting_.store(queue_.size(), std::memory_order_relaxed);
    }
    job();
  }
}

void WorkerPool::Stop() {
  std::deque<Job> dropped;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
    waiting_.store(0, std::memory_order_relaxed);
  }
  wake_.NotifyAll();
  dropped.clear();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace furrow
