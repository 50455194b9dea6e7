// SPDX-License-Identifier: Apache-2.0
// The guard's rounds in virtual time; then a real guard, whose parent is stopped and killed.
#include "edge/actuate/guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "edge/actuate/bench_lines.h"
#include "edge/actuate/guard_process.h"
#include "edge/actuate/valves.h"

namespace furrow::edge {
namespace {

constexpr Nanos kMs = kMillisecond;
constexpr Nanos kLease = 30 * kMs;

/// Lines that remember.
class NotedLines : public ValveLines {
 public:
  Status Open() override { return {}; }
  bool Set(Nanos now, const ValveSet& wanted) noexcept override {
    sets.push_back(now);
    if (works) open = wanted;
    return works;
  }
  std::optional<ValveSet> Read() noexcept override { return open; }

  bool works = true;
  ValveSet open;
  std::vector<Nanos> sets;
};

class GuardLoopTest : public testing::Test {
 protected:
  void Change(Nanos due, uint32_t nozzle, bool open) {
    shared_.ring[shared_.head % kGuardRing] = {due, nozzle, open, shared_.closings};
    ++shared_.head;
  }
  /// Rounds when they are due until `until`, with the lease renewed like a scheduler does.
  void Rounds(Nanos until, bool renewed = true) {
    for (; now_ < until; now_ = loop_.Round(now_, false)) {
      if (renewed) shared_.lease_until = now_ / kMs * kMs + kLease;
    }
  }

  std::unique_ptr<GuardShared> owned_ = std::make_unique<GuardShared>();
  GuardShared& shared_ = *owned_;
  NotedLines lines_;
  GuardLoop loop_{shared_, lines_};
  Nanos now_ = kSecond;
};

TEST_F(GuardLoopTest, ChangesAreMadeAtTheirTime) {
  Change(kSecond + 1'234'567, 3, true);
  Change(kSecond + 1'700'001, 5, true);
  Change(kSecond + 9'876'543, 3, false);
  Rounds(kSecond + 20 * kMs);
  EXPECT_EQ(lines_.sets,
            (std::vector<Nanos>{kSecond + 1'234'567, kSecond + 1'700'001, kSecond + 9'876'543}));
  EXPECT_TRUE(lines_.open.Test(5));
  EXPECT_EQ(lines_.open.Count(), 1u);
  EXPECT_EQ(shared_.changes, 3u);
  EXPECT_EQ(shared_.late, 0u);
  EXPECT_EQ(shared_.gap_max, GuardLoop::kPoll);
}

TEST_F(GuardLoopTest, ALeaseThatNobodyRenewsClosesBeforeItIsOver) {
  Change(0, 3, true);
  Change(kSecond + 50 * kMs, 4, true);
  Rounds(kSecond + 10 * kMs);
  EXPECT_TRUE(lines_.open.Any());
  const Nanos until = shared_.lease_until;
  Rounds(until + 100 * kMs, false);
  EXPECT_FALSE(lines_.open.Any());
  EXPECT_LE(lines_.sets.back(), until);
  EXPECT_GE(lines_.sets.back(), until - kMs);
  EXPECT_EQ(shared_.lapses, 1u);
  // What was still to come is void.
  Rounds(now_ + 100 * kMs);
  EXPECT_FALSE(lines_.open.Any());
}

TEST_F(GuardLoopTest, AnOrphanClosesAtOnce) {
  Change(0, 3, true);
  Rounds(kSecond + 10 * kMs);
  loop_.Round(now_, true);
  EXPECT_FALSE(lines_.open.Any());
  EXPECT_EQ(lines_.sets.back(), now_);
}

TEST_F(GuardLoopTest, AClosingVoidsWhatWasGivenBefore) {
  Change(0, 3, true);
  Rounds(kSecond + 10 * kMs);
  Change(kSecond + 12 * kMs, 4, true);
  ++shared_.closings;
  Change(kSecond + 13 * kMs, 5, true);
  loop_.Round(now_, false);
  EXPECT_FALSE(lines_.open.Any());
  Rounds(kSecond + 20 * kMs);
  EXPECT_TRUE(lines_.open.Test(5));
  EXPECT_EQ(lines_.open.Count(), 1u);
}

TEST_F(GuardLoopTest, AClosingIsAlsoSeenByTheChangesAfterIt) {
  Change(0, 3, true);
  Rounds(kSecond + 10 * kMs);
  Change(0, 4, true);
  // The closing and this change came when the round had already looked for closings.
  Change(0, 5, true);
  shared_.ring[2].generation = 1;
  loop_.Round(now_, false);
  EXPECT_TRUE(lines_.open.Test(5));
  EXPECT_EQ(lines_.open.Count(), 1u);
}

TEST_F(GuardLoopTest, LinesThatFailAreTriedAgain) {
  lines_.works = false;
  Change(0, 3, true);
  Rounds(kSecond + 10 * kMs);
  EXPECT_TRUE(shared_.lines_fail);
  EXPECT_EQ(shared_.line_errors, 20u);
  lines_.works = true;
  Rounds(kSecond + 11 * kMs);
  EXPECT_FALSE(shared_.lines_fail);
  EXPECT_TRUE(lines_.open.Test(3));
}

TEST_F(GuardLoopTest, DamageInTheSharedMemoryOpensNothing) {
  Change(0, ValveSet::kMax, true);
  Rounds(kSecond + kMs);
  EXPECT_TRUE(lines_.sets.empty());
  Change(0, 3, true);
  shared_.lease_until = INT64_MAX;
  loop_.Round(now_, false);
  EXPECT_FALSE(lines_.open.Any());
}

TEST_F(GuardLoopTest, ChangesMadeLateAreCounted) {
  Change(kSecond - 2 * kMs, 3, true);
  Rounds(kSecond + kMs);
  EXPECT_EQ(shared_.late, 1u);
  EXPECT_TRUE(lines_.open.Test(3));
}

// From here on real processes.

Boom OfNozzles(int nozzles) {
  Boom boom;
  boom.bus = kMs;
  boom.nozzles.resize(static_cast<size_t>(nozzles));
  return boom;
}

std::string Fresh(const char* name) {
  return testing::TempDir() + "furrow-guard-" + std::to_string(::getpid()) + "-" + name;
}

/// What the scheduling process tells of itself.
struct Told {
  std::atomic<Nanos> ticked{0};
  std::atomic<pid_t> guard{0};
  std::atomic<uint64_t> lapses{0};
};

/// A process that opens all valves once and then ticks until it is told to end.
class Scheduler {
 public:
  explicit Scheduler(const std::string& bench) {
    void* memory =
        ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    told_ = new (memory) Told();
    pid_ = ::fork();
    if (pid_ == 0) Live(bench);
  }
  ~Scheduler() {
    ::kill(pid_, SIGCONT);
    Kill();
    ::munmap(told_, sizeof(Told));
  }
  void Signal(int signal) const { ::kill(pid_, signal); }
  void Kill() {
    ::kill(pid_, SIGKILL);
    if (!reaped_) ::waitpid(pid_, nullptr, 0);
    reaped_ = true;
  }
  const Told& told() const { return *told_; }

 private:
  [[noreturn]] void Live(const std::string& bench) {
    const Boom boom = OfNozzles(8);
    auto bus = GuardedBus::Start(MakeBenchLines(bench, 8), boom.bus);
    if (!bus.ok()) ::_exit(3);
    told_->guard = (*bus)->pid();
    Valves valves(boom, **bus, kLease);
    valves.SetMaster(true);
    std::vector<Command> commands;
    for (int n = 0; n < 8; ++n) commands.push_back({n, true, MonotonicNow()});
    for (Nanos next = MonotonicNow();; next += kMs) {
      SleepUntil(next);
      const Nanos now = MonotonicNow();
      valves.Tick(now, commands);
      // A machine that is busy may hold this process up at the start; it opens all in the end.
      if (!valves.open().Any() && told_->ticked == 0) continue;
      commands.clear();
      told_->ticked = now;
      told_->lapses = valves.counters().lapses;
    }
  }

  Told* told_;
  pid_t pid_;
  bool reaped_ = false;
};

template <typename Condition>
bool WaitFor(Condition&& holds) {
  const Nanos by = MonotonicNow() + 20 * kSecond;
  while (!holds()) {
    if (MonotonicNow() > by) return false;
    SleepUntil(MonotonicNow() + kMs);
  }
  return true;
}

size_t OpenAt(const std::string& bench) {
  const auto state = ReadBench(bench);
  return state.ok() ? state->open.Count() : 0;
}

/// Opens eight valves, does `harm` to the scheduler and returns how long after its last renewal
/// the last of them closed. The machine's own delays are in it, so the best of a few counts.
template <typename Harm>
Nanos BestClosing(const char* name, Harm&& harm) {
  Nanos best = INT64_MAX;
  for (int run = 0; run < 8 && best > kLease; ++run) {
    const std::string path = Fresh(name);
    {
      Scheduler scheduler(path);
      // Some more ticks, so that it is stopped in the midst of them.
      if (!WaitFor([&] { return OpenAt(path) == 8; })) {
        ADD_FAILURE() << "the valves do not open";
        break;
      }
      SleepUntil(MonotonicNow() + (20 + run) * kMs);
      harm(scheduler);
      EXPECT_TRUE(WaitFor([&] { return OpenAt(path) == 0; })) << "valves stay open";
      const auto bench = ReadBench(path);
      if (!bench.ok() || bench->latest.empty()) continue;
      EXPECT_FALSE(bench->latest.back().open);
      best = std::min(best, bench->latest.back().at - scheduler.told().ticked.load());
    }
    std::remove(path.c_str());
  }
  return best;
}

TEST(Guard, AStoppedSchedulerClosesEveryValveWithinItsLease) {
  const Nanos took = BestClosing("stop", [](Scheduler& s) { s.Signal(SIGSTOP); });
  EXPECT_LE(took, kLease);
  EXPECT_GT(took, kLease / 2) << "it was not the lease that closed them";
  RecordProperty("microseconds", static_cast<int>(took / 1000));
}

TEST(Guard, AKilledSchedulerClosesEveryValveWithinItsLease) {
  const Nanos took = BestClosing("kill", [](Scheduler& s) { s.Kill(); });
  EXPECT_LE(took, kLease);
  RecordProperty("microseconds", static_cast<int>(took / 1000));
}

TEST(Guard, WhatGoesOnAfterAStopOpensNothingByItself) {
  const std::string path = Fresh("continue");
  Scheduler scheduler(path);
  ASSERT_TRUE(WaitFor([&] { return OpenAt(path) == 8; }));
  scheduler.Signal(SIGSTOP);
  ASSERT_TRUE(WaitFor([&] { return OpenAt(path) == 0; }));
  const uint64_t events = ReadBench(path)->events;
  scheduler.Signal(SIGCONT);
  ASSERT_TRUE(WaitFor([&] { return scheduler.told().lapses > 0; }));
  const Nanos ticked = scheduler.told().ticked;
  ASSERT_TRUE(WaitFor([&] { return scheduler.told().ticked > ticked + 10 * kMs; }));
  EXPECT_EQ(ReadBench(path)->events, events);
  std::remove(path.c_str());
}

TEST(Guard, EndsAfterItsParent) {
  const std::string path = Fresh("end");
  Scheduler scheduler(path);
  ASSERT_TRUE(WaitFor([&] { return OpenAt(path) == 8; }));
  const pid_t guard = scheduler.told().guard;
  // What a terminal sends to all does not reach it.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGTSTP}) ::kill(guard, signal);
  EXPECT_NE(::getpgid(guard), ::getpgid(0));
  scheduler.Kill();
  EXPECT_TRUE(WaitFor([&] { return ::kill(guard, 0) != 0; }));
  EXPECT_EQ(OpenAt(path), 0u);
  std::remove(path.c_str());
}

TEST(Guard, AnOrderlyEndCloses) {
  const std::string path = Fresh("orderly");
  const Boom boom = OfNozzles(2);
  {
    auto bus = GuardedBus::Start(MakeBenchLines(path, 2), boom.bus);
    ASSERT_TRUE(bus.ok()) << bus.status().ToString();
    Valves valves(boom, **bus, kLease);
    valves.SetMaster(true);
    ASSERT_TRUE(WaitFor([&] {
      const Nanos now = MonotonicNow();
      valves.Tick(now, std::vector<Command>{{0, true, now}});
      return OpenAt(path) == 1;
    }));
    EXPECT_GT((*bus)->guard().changes, 0u);
    const auto levels = (*bus)->ReadBack(0);
    EXPECT_TRUE(levels.has_value());
  }
  EXPECT_EQ(OpenAt(path), 0u);
  std::remove(path.c_str());
}

TEST(Guard, WithoutAGuardOrdersAreNotTaken) {
  const Boom boom = OfNozzles(2);
  auto bus = GuardedBus::Start(MakeBenchLines("", 2), boom.bus);
  ASSERT_TRUE(bus.ok());
  Valves valves(boom, **bus, kLease);
  ::kill((*bus)->pid(), SIGKILL);
  EXPECT_TRUE(WaitFor([&] { return !valves.Tick(MonotonicNow(), {}); }));
  EXPECT_GT(valves.counters().bus_errors, 0u);
}

TEST(Guard, ACloseThatAHeldUpGuardDidNotTakeIsMadeUpFor) {
  const std::string path = Fresh("held");
  const Boom boom = OfNozzles(2);
  auto bus = GuardedBus::Start(MakeBenchLines(path, 2), boom.bus);
  ASSERT_TRUE(bus.ok());
  Valves valves(boom, **bus, kLease);
  valves.SetMaster(true);
  const auto tick = [&](std::vector<Command> commands) {
    const Nanos now = MonotonicNow();
    for (Command& command : commands) command.at = now;
    return valves.Tick(now, commands);
  };
  ASSERT_TRUE(WaitFor([&] { return tick({{0, true, 0}, {1, true, 0}}) && OpenAt(path) == 2; }));
  ::kill((*bus)->pid(), SIGSTOP);
  ASSERT_TRUE(WaitFor([&] { return !tick({}); }));
  EXPECT_FALSE(tick({{1, false, 0}}));
  // Renewed while it is held up, so that it is not the lease that closes.
  ::kill((*bus)->pid(), SIGCONT);
  EXPECT_TRUE(WaitFor([&] { return tick({}) && OpenAt(path) == 0; }));
  EXPECT_GT(valves.counters().lapses, 0u);
  std::remove(path.c_str());
}

TEST(Guard, ALineThatCannotBeOpenedIsAnError) {
  const auto bus = GuardedBus::Start(MakeBenchLines("/no/such/folder/bench", 2), kMs);
  ASSERT_FALSE(bus.ok());
  EXPECT_EQ(bus.status().code(), Code::kNotFound);
  EXPECT_EQ(bus.status().message(), "/no/such/folder/bench: No such file or directory");
}

TEST(Guard, IsNotForkedBesideThreads) {
  std::atomic<bool> ends{false};
  std::thread other([&] { ends.wait(false); });
  const auto bus = GuardedBus::Start(MakeBenchLines("", 2), kMs);
  ends = true;
  ends.notify_all();
  other.join();
  ASSERT_FALSE(bus.ok());
  EXPECT_EQ(bus.status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace furrow::edge
