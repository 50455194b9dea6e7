// SPDX-License-Identifier: Apache-2.0
// Locks that clang's thread-safety analysis understands. What a lock guards says so where it is
// declared (FURROW_GUARDED_BY), a function that wants a lock held says so in its signature
// (FURROW_REQUIRES), and the `clang` preset makes forgetting either an error. Other compilers see
// the standard library's locks and nothing else.
//
//   Mutex mutex_;
//   std::deque<Job> queue_ FURROW_GUARDED_BY(mutex_);
//
//   MutexLock lock(mutex_);
//   while (queue_.empty()) wake_.Wait(lock);   // a loop: a lambda would not be seen to hold it
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define FURROW_LOCK_ATTRIBUTE(x) __attribute__((x))
#else
#define FURROW_LOCK_ATTRIBUTE(x)
#endif

#define FURROW_CAPABILITY(name) FURROW_LOCK_ATTRIBUTE(capability(name))
#define FURROW_SCOPED_CAPABILITY FURROW_LOCK_ATTRIBUTE(scoped_lockable)
#define FURROW_GUARDED_BY(x) FURROW_LOCK_ATTRIBUTE(guarded_by(x))
#define FURROW_REQUIRES(...) FURROW_LOCK_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define FURROW_REQUIRES_SHARED(...) FURROW_LOCK_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
#define FURROW_EXCLUDES(...) FURROW_LOCK_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define FURROW_ACQUIRE(...) FURROW_LOCK_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define FURROW_ACQUIRE_SHARED(...) FURROW_LOCK_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define FURROW_RELEASE(...) FURROW_LOCK_ATTRIBUTE(release_capability(__VA_ARGS__))
#define FURROW_RELEASE_GENERIC(...) FURROW_LOCK_ATTRIBUTE(release_generic_capability(__VA_ARGS__))
#define FURROW_NO_LOCK_ANALYSIS FURROW_LOCK_ATTRIBUTE(no_thread_safety_analysis)

namespace furrow {

class FURROW_CAPABILITY("mutex") Mutex {
 public:
  void Lock() FURROW_ACQUIRE() { mutex_.lock(); }
  void Unlock() FURROW_RELEASE() { mutex_.unlock(); }

 private:
  friend class MutexLock;
  std::mutex mutex_;
};

/// Holds a Mutex to the end of the scope, but for the time between Unlock and Lock.
class FURROW_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) FURROW_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~MutexLock() FURROW_RELEASE() = default;
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void Unlock() FURROW_RELEASE() { lock_.unlock(); }
  void Lock() FURROW_ACQUIRE() { lock_.lock(); }

 private:
  friend class CondVar;
  std::unique_lock<std::mutex> lock_;
};

/// Waits may end early: ask again in a loop.
class CondVar {
 public:
  void Wait(MutexLock& lock) { wake_.wait(lock.lock_); }
  /// False when `until` has passed.
  bool WaitUntil(MutexLock& lock, std::chrono::steady_clock::time_point until) {
    return wake_.wait_until(lock.lock_, until) == std::cv_status::no_timeout;
  }
  void NotifyOne() { wake_.notify_one(); }
  void NotifyAll() { wake_.notify_all(); }

 private:
  std::condition_variable wake_;
};

class FURROW_CAPABILITY("shared mutex") SharedMutex {
 private:
  friend class ReaderLock;
  friend class WriterLock;
  std::shared_mutex mutex_;
};

/// Holds a SharedMutex with other readers to the end of the scope.
class FURROW_SCOPED_CAPABILITY ReaderLock {
 public:
  explicit ReaderLock(SharedMutex& mutex) FURROW_ACQUIRE_SHARED(mutex) : lock_(mutex.mutex_) {}
  ~ReaderLock() FURROW_RELEASE_GENERIC() = default;
  ReaderLock(const ReaderLock&) = delete;
  ReaderLock& operator=(const ReaderLock&) = delete;

 private:
  std::shared_lock<std::shared_mutex> lock_;
};

/// Holds a SharedMutex alone to the end of the scope.
class FURROW_SCOPED_CAPABILITY WriterLock {
 public:
  explicit WriterLock(SharedMutex& mutex) FURROW_ACQUIRE(mutex) : lock_(mutex.mutex_) {}
  ~WriterLock() FURROW_RELEASE() = default;
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  std::unique_lock<std::shared_mutex> lock_;
};

}  // namespace furrow
