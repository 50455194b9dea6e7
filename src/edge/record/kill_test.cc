// SPDX-License-Identifier: Apache-2.0
// What a killed process leaves behind: everything it had written, and nothing that looks like
// damage.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "edge/record/record_fixture.h"

namespace furrow::edge {
namespace {

/// What the recording process tells of itself as it goes.
struct Told {
  std::atomic<int64_t> recorded{-1};  // the last millisecond that was recorded whole
  std::atomic<Nanos> written{0};      // LogCounters::written_until
  std::atomic<uint64_t> lost{0};
};

class SharedTold {
 public:
  SharedTold() {
    void* memory =
        ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    told_ = new (memory) Told();
  }
  ~SharedTold() { ::munmap(told_, sizeof(Told)); }
  SharedTold(const SharedTold&) = delete;
  SharedTold& operator=(const SharedTold&) = delete;
  Told& operator*() const { return *told_; }
  Told* operator->() const { return told_; }

 private:
  Told* told_;
};

void Sleep(int64_t microseconds) {
  const timespec span{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  ::nanosleep(&span, nullptr);
}

int64_t NowMs() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

/// Records until it is killed: a millisecond of log for each of the clock, or for each of its
/// `hurry`-th parts.
[[noreturn]] void Record(const std::string& folder, Told& told, int hurry) {
  LogEncoder encoder(4 << 20);
  LogOptions options;
  options.idle = false;
  options.reserve_bytes = 1 << 20;
  options.segment_bytes = 20'000;
  options.poll_every = (hurry > 1 ? 1 : 10) * kMillisecond;
  auto log = LogFile::Open(folder, options, {&encoder});
  if (!log.ok()) ::_exit(3);
  const int64_t begin = NowMs();
  for (int64_t ms = 0;; ++ms) {
    RecordMillisecond(encoder, ms);
    told.recorded = ms;
    told.written = (*log)->counters().written_until;
    told.lost = encoder.dropped();
    while ((NowMs() - begin) * hurry <= ms) Sleep(500);
  }
}

pid_t Start(const std::string& folder, Told& told, int hurry) {
  const pid_t child = ::fork();
  if (child == 0) Record(folder, told, hurry);
  return child;
}

/// The log holds the drive from its beginning, without a hole, at least until `until`.
void Judge(const std::string& folder, const Told& told, Nanos until) {
  const Content content = ReadLog(folder);
  ASSERT_EQ(told.lost, 0u);
  for (const std::string& damage : content.damage) ADD_FAILURE() << damage;
  EXPECT_FALSE(content.closed);
  const auto ticks = content.Of<TickRecord>();
  for (size_t i = 0; i < ticks.size(); ++i) {
    ASSERT_EQ(ticks[i].now, 5 * kSecond + static_cast<int64_t>(i) * kMillisecond);
  }
  const Nanos end = ticks.empty() ? 0 : ticks.back().now;
  EXPECT_GE(end, until);
  // A pose comes before its tick, so a block may end between the two.
  const size_t poses = content.Of<PoseRecord>().size();
  EXPECT_GE(poses, (ticks.size() + 9) / 10);
  EXPECT_LE(poses, (ticks.size() + 9) / 10 + 1);
}

TEST(Kill, WhatWasWrittenIsReadAtTwoHundredRandomMoments) {
  std::mt19937 random(24);
  int begun = 0;
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(run);
    TemporaryFolder top;
    SharedTold told;
    const pid_t child = Start(top / "log", *told, 50);
    Sleep(static_cast<int64_t>(random() % 40'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    if (told->written == 0) continue;  // before its first block
    ++begun;
    Judge(top / "log", *told, told->written);
    if (HasFailure()) return;
  }
  EXPECT_GT(begun, 20);
}

TEST(Kill, NothingOlderThanASecondIsLost) {
  constexpr int kAtOnce = 8;
  std::mt19937 random(25);
  std::vector<TemporaryFolder> tops(kAtOnce);
  std::vector<SharedTold> told(kAtOnce);
  std::vector<pid_t> children;
  for (int i = 0; i < kAtOnce; ++i) children.push_back(Start(tops[i] / "log", *told[i], 1));
  Sleep(1'500'000);
  for (int i = 0; i < kAtOnce; ++i) {
    Sleep(static_cast<int64_t>(random() % 100'000));
    ::kill(children[i], SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(children[i], &status, 0), children[i]);
    SCOPED_TRACE(i);
    Judge(tops[i] / "log", *told[i], 5 * kSecond + told[i]->recorded * kMillisecond - kSecond);
  }
}

}  // namespace
}  // namespace furrow::edge
