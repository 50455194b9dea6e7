// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/guard_process.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

#include "edge/actuate/guard.h"

namespace furrow::edge {
namespace {

/// Above the thread that decides.
constexpr int kPriority = 85;

/// Nothing that is sent to the others stops or ends it, and nothing of theirs is held by it.
void Withdraw() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR);
  for (int standard = 0; standard <= 2 && null >= 0; ++standard) ::dup2(null, standard);
  ::close_range(3, ~0U, 0);
  ::prctl(PR_SET_NAME, "furrow-guard");
}

/// As punctual as the system permits.
bool Hurry() {
  ::mlockall(MCL_CURRENT | MCL_FUTURE);
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  const sched_param priority{kPriority};
  return ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
}

}  // namespace

GuardLoop::GuardLoop(GuardShared& shared, ValveLines& lines) : shared_(shared), lines_(lines) {
  pending_.reserve(kGuardRing);
}

Nanos GuardLoop::Round(Nanos now, bool orphaned) noexcept {
  if (last_round_ != 0) {
    shared_.gap_max = std::max(shared_.gap_max.load(), now - last_round_);
  }
  last_round_ = now;
  shared_.beat.store(now, std::memory_order_release);
  const uint64_t closings = shared_.closings.load(std::memory_order_acquire);
  if (closings > generation_) Close(closings);
  TakeChanges();
  // The round before the end of the lease is its last: the next one would be too late.
  const Nanos left = shared_.lease_until.load(std::memory_order_acquire) - now;
  if (left <= kPoll || left > kLeaseMax || orphaned) {
    if (wanted_.Any()) ++shared_.lapses;
    Close(generation_);
    pending_.clear();
  }
  const Nanos next = Apply(now);
  if (unsure_ || wanted_ != driven_) Drive(now);
  AnswerReads();
  return std::min(next, now + kPoll);
}

void GuardLoop::TakeChanges() noexcept {
  const uint64_t head = shared_.head.load(std::memory_order_acquire);
  uint64_t tail = shared_.tail.load(std::memory_order_relaxed);
  for (; tail != head && pending_.size() < pending_.capacity(); ++tail) {
    const GuardShared::Change& change = shared_.ring[tail % kGuardRing];
    if (change.nozzle >= ValveSet::kMax || change.generation < generation_) continue;
    // The closing came after this round had looked for one.
    if (change.generation > generation_) Close(change.generation);
    pending_.push_back(change);
  }
  shared_.tail.store(tail, std::memory_order_release);
}

/// Voids what was given before.
void GuardLoop::Close(uint64_t generation) noexcept {
  generation_ = generation;
  wanted_ = {};
  std::erase_if(pending_, [&](const auto& c) { return c.generation < generation; });
}

/// Returns when the next change is due.
Nanos GuardLoop::Apply(Nanos now) noexcept {
  Nanos next = INT64_MAX;
  size_t kept = 0;
  for (size_t i = 0; i < pending_.size(); ++i) {
    const GuardShared::Change change = pending_[i];
    if (change.due > now) {
      next = std::min(next, change.due);
      pending_[kept++] = change;
      continue;
    }
    wanted_.Set(change.nozzle, change.open != 0);
    ++shared_.changes;
    if (change.due + kMillisecond < now) ++shared_.late;
  }
  pending_.resize(kept);
  return next;
}

void GuardLoop::Drive(Nanos now) noexcept {
  unsure_ = !lines_.Set(now, wanted_);
  driven_ = wanted_;
  shared_.line_errors += unsure_;
  shared_.lines_fail.store(unsure_, std::memory_order_release);
}

void GuardLoop::AnswerReads() noexcept {
  const uint64_t wanted = shared_.reads_wanted.load(std::memory_order_acquire);
  if (wanted == reads_answered_) return;
  const auto levels = lines_.Read();
  shared_.read_known = levels.has_value();
  for (size_t i = 0; levels && i < levels->words.size(); ++i) shared_.read[i] = levels->words[i];
  reads_answered_ = wanted;
  shared_.reads_done.store(wanted, std::memory_order_release);
}

void RunGuard(GuardShared& shared, ValveLines& lines, pid_t parent) {
  Withdraw();
  if (const Status opened = lines.Open(); !opened.ok()) {
    const std::string& message = opened.message();
    const size_t length = std::min(message.size(), shared.message.size() - 1);
    std::copy_n(message.begin(), length, shared.message.begin());
    shared.code = static_cast<uint32_t>(opened.code());
    shared.state = GuardShared::kFailed;
    ::_exit(1);
  }
  GuardLoop loop(shared, lines);
  shared.real_time = Hurry();
  shared.state = GuardShared::kReady;
  while (!shared.ends.load(std::memory_order_acquire)) {
    const bool orphaned = ::getppid() != parent;
    const Nanos next = loop.Round(MonotonicNow(), orphaned);
    if (orphaned) break;
    SleepUntil(next);
  }
  // The last word is closed, whatever was ordered since, and lines that fail get a few more tries.
  for (int i = 0; i < 20 && !lines.Set(MonotonicNow(), {}); ++i) {
    SleepUntil(MonotonicNow() + kMillisecond);
  }
  lines.Release();
  ::_exit(0);
}

}  // namespace furrow::edge
