// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/guard.h"

#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "edge/actuate/guard_process.h"

namespace furrow::edge {
namespace {

constexpr Nanos kStartMax = 5 * kSecond;
constexpr Nanos kEndMax = kSecond;
constexpr Nanos kReadMax = 200 * kMillisecond;

/// The sanitizer for threads brings one of its own.
#ifdef __SANITIZE_THREAD__
constexpr int kThreadsOwn = 2;
#else
constexpr int kThreadsOwn = 1;
#endif

int Threads() {
  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return 1;
  int count = 0;
  while (const dirent* task = ::readdir(tasks)) count += task->d_name[0] != '.';
  ::closedir(tasks);
  return count;
}

/// Waits for the guard to end, by force in the end.
void Reap(pid_t guard) {
  const Nanos by = MonotonicNow() + kEndMax;
  while (::waitpid(guard, nullptr, WNOHANG) == 0) {
    if (MonotonicNow() > by) {
      ::kill(guard, SIGKILL);
      ::waitpid(guard, nullptr, 0);
      return;
    }
    SleepUntil(MonotonicNow() + kMillisecond);
  }
}

}  // namespace

Result<std::unique_ptr<GuardedBus>> GuardedBus::Start(std::unique_ptr<ValveLines> lines,
                                                      Nanos delay) {
  if (delay < kDelayMin) {
    return Status(Code::kInvalidArgument, "behind the guard bus_s must be at least 0.001");
  }
  if (Threads() > kThreadsOwn) {
    return Status(Code::kFailedPrecondition, "the guard must be started before other threads");
  }
  void* memory = ::mmap(nullptr, sizeof(GuardShared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return Status(Code::kUnavailable, std::string("memory for the guard: ") + strerror(errno));
  }
  auto* shared = new (memory) GuardShared();
  auto bus = std::unique_ptr<GuardedBus>(new GuardedBus(shared, delay));
  const pid_t self = ::getpid();
  bus->guard_ = ::fork();
  if (bus->guard_ == 0) RunGuard(*shared, *lines, self);
  if (bus->guard_ < 0) {
    return Status(Code::kUnavailable, std::string("fork of the guard: ") + strerror(errno));
  }
  const Nanos by = MonotonicNow() + kStartMax;
  while (shared->state == GuardShared::kStarting) {
    if (MonotonicNow() > by) return Status(Code::kUnavailable, "the guard does not answer");
    SleepUntil(MonotonicNow() + kMillisecond);
  }
  if (shared->state == GuardShared::kFailed) {
    return Status(static_cast<Code>(shared->code.load()), shared->message.data());
  }
  return bus;
}

GuardedBus::~GuardedBus() {
  shared_->closings.fetch_add(1);
  shared_->ends = true;
  if (guard_ > 0) Reap(guard_);
  ::munmap(shared_, sizeof(GuardShared));
}

bool GuardedBus::Send(const ValveOrder& order) noexcept {
  if (order.close_all) shared_->closings.fetch_add(1, std::memory_order_release);
  uint64_t head = shared_->head.load(std::memory_order_relaxed);
  const uint64_t tail = shared_->tail.load(std::memory_order_acquire);
  const bool hangs = order.now - shared_->beat.load(std::memory_order_acquire) > order.lease;
  if (hangs || kGuardRing - (head - tail) < order.changes.size()) {
    // A close that is not told must not leave a valve open when the guard runs again.
    if (!refused_) shared_->closings.fetch_add(1, std::memory_order_release);
    refusals_ += !refused_;
    refused_ = true;
    return false;
  }
  refused_ = false;
  const uint64_t generation = shared_->closings.load(std::memory_order_relaxed);
  for (const Command& change : order.changes) {
    shared_->ring[head++ % kGuardRing] = {change.at + delay_, static_cast<uint32_t>(change.nozzle),
                                          change.open, generation};
  }
  shared_->head.store(head, std::memory_order_release);
  shared_->lease_until.store(order.now + order.lease, std::memory_order_release);
  return !shared_->lines_fail.load(std::memory_order_acquire);
}

uint64_t GuardedBus::Lapses(Nanos /*now*/) noexcept {
  return shared_->lapses.load(std::memory_order_acquire) + refusals_;
}

uint64_t GuardedBus::late() const noexcept { return shared_->late.load(); }

std::optional<ValveSet> GuardedBus::ReadBack(Nanos /*now*/) {
  const uint64_t wanted = shared_->reads_wanted.fetch_add(1, std::memory_order_release) + 1;
  const Nanos by = MonotonicNow() + kReadMax;
  while (shared_->reads_done.load(std::memory_order_acquire) < wanted) {
    if (MonotonicNow() > by) return std::nullopt;
    SleepUntil(MonotonicNow() + kMillisecond / 4);
  }
  if (!shared_->read_known) return std::nullopt;
  ValveSet open;
  for (size_t i = 0; i < open.words.size(); ++i) open.words[i] = shared_->read[i];
  return open;
}

GuardCounters GuardedBus::guard() const noexcept {
  return {shared_->changes,     shared_->late,    shared_->lapses,
          shared_->line_errors, shared_->gap_max, shared_->real_time};
}

}  // namespace furrow::edge
