// SPDX-License-Identifier: Apache-2.0
#include "platform/watchdog.h"

#include "entities/world_fixture.h"

namespace furrow::platform {
namespace {

using std::chrono::seconds;

class WatchdogTest : public entities::World {
 protected:
  std::string Running() {
    return Put(entities::kTasks,
               json::Object{{"status", "in_progress"}, {"last_update", FormatTime(clock.now)}});
  }
  void Ping(const std::string& task) {
    json::Value doc = Get(entities::kTasks, task);
    doc["last_update"] = FormatTime(clock.now);
    Put(entities::kTasks, std::move(doc));
  }
  std::string StatusOf(const std::string& task) {
    return Get(entities::kTasks, task).At("status").AsString();
  }
  bool Unreachable(const std::string& task) {
    return !Get(entities::kTasks, task).At("unreachable").IsNull();
  }
  void Look() {
    const auto round = dog_.Look();
    ASSERT_TRUE(round.ok()) << round.status().ToString();
  }
  void LookAfter(int64_t s) {
    clock.now += s * 1'000'000;
    Look();
  }

  Watchdog dog_{core, seconds(7200)};
};

TEST_F(WatchdogTest, ASilentTaskIsShownAndKeepsItsStatus) {
  const std::string task = Running();
  Look();
  LookAfter(119);
  EXPECT_FALSE(Unreachable(task));
  const std::string before = Get(entities::kTasks, task).At("last_update").AsString();
  LookAfter(1);
  EXPECT_TRUE(Unreachable(task));
  EXPECT_EQ(StatusOf(task), "in_progress");
  EXPECT_EQ(Get(entities::kTasks, task).At("last_update").AsString(), before);
}

TEST_F(WatchdogTest, APingBringsItBack) {
  const std::string task = Running();
  Look();
  LookAfter(7000);
  EXPECT_TRUE(Unreachable(task));
  Ping(task);
  LookAfter(1);
  EXPECT_FALSE(Unreachable(task));
  LookAfter(7000);
  EXPECT_EQ(StatusOf(task), "in_progress");
}

TEST_F(WatchdogTest, AnEventIsASignOfLife) {
  const std::string task = Running();
  Look();
  LookAfter(7000);
  Report(task, "loss", "train", 0.5);
  LookAfter(300);
  EXPECT_EQ(StatusOf(task), "in_progress");
  EXPECT_FALSE(Unreachable(task));
}

TEST_F(WatchdogTest, SilentForLongItIsStoppedWithAReason) {
  const std::string task = Running();
  Look();
  LookAfter(7199);
  EXPECT_EQ(StatusOf(task), "in_progress");
  LookAfter(1);
  EXPECT_EQ(StatusOf(task), "stopped");
  EXPECT_EQ(Get(entities::kTasks, task).At("status_reason"),
            entities::J("\"Forced stop (non-responsive)\""));
  EXPECT_FALSE(Unreachable(task));
}

TEST_F(WatchdogTest, NothingIsStoppedBeforeTenMinutes) {
  Watchdog eager(core, seconds(60));
  const std::string task = Running();
  ASSERT_TRUE(eager.Look().ok());
  clock.now += 599'000'000;
  ASSERT_TRUE(eager.Look().ok());
  EXPECT_EQ(StatusOf(task), "in_progress");
  clock.now += 1'000'000;
  ASSERT_TRUE(eager.Look().ok());
  EXPECT_EQ(StatusOf(task), "stopped");
}

TEST_F(WatchdogTest, AfterARestartSilenceBeginsAnew) {
  const std::string task = Running();
  clock.now += 86'400'000'000;  // the server was down for a day
  Look();
  EXPECT_EQ(StatusOf(task), "in_progress");
  EXPECT_FALSE(Unreachable(task));
}

TEST_F(WatchdogTest, WhatWasShownBeforeARestartIsShownUntilItSpeaks) {
  const std::string task = Running(), other = Running();
  Look();
  LookAfter(120);
  Watchdog next(core, seconds(7200));
  ASSERT_TRUE(next.Look().ok());
  EXPECT_TRUE(Unreachable(task));
  Report(task, "loss", "train", 0.5);
  Ping(other);
  const auto round = next.Look();
  ASSERT_TRUE(round.ok());
  EXPECT_EQ(round->back, 2);
  EXPECT_FALSE(Unreachable(task));
  EXPECT_FALSE(Unreachable(other));
}

TEST_F(WatchdogTest, ItsOwnMarkIsNoSignOfLife) {
  const std::string task = Running();
  Look();
  LookAfter(120);
  for (int i = 0; i < 3; ++i) {
    LookAfter(30);
    EXPECT_TRUE(Unreachable(task));
  }
  LookAfter(7200);
  EXPECT_EQ(StatusOf(task), "stopped");
}

// The wall clock alone jumps: leases and silence go by the other one.
class JumpingClock final : public Clock {
 public:
  Micros Now() const override { return wall; }
  std::chrono::steady_clock::time_point Steady() const override { return steady; }
  Micros wall = 1'795'000'000'000'000;
  std::chrono::steady_clock::time_point steady{seconds(1000)};
};

TEST_F(WatchdogTest, AWallClockThatJumpsStopsNothing) {
  JumpingClock jumping;
  entities::Core other{.docs = core.docs,
                       .events = core.events,
                       .clock = jumping,
                       .company_id = core.company_id,
                       .company_name = "",
                       .server_uid = "",
                       .files_url = ""};
  Watchdog dog(other, seconds(7200));
  const std::string task = Running();
  ASSERT_TRUE(dog.Look().ok());
  for (const Micros jump : {86'400'000'000, -172'800'000'000, -1'700'000'000'000'000}) {
    jumping.wall += jump;
    jumping.steady += seconds(30);
    ASSERT_TRUE(dog.Look().ok());
    EXPECT_EQ(StatusOf(task), "in_progress");
    EXPECT_FALSE(Unreachable(task));
  }
}

}  // namespace
}  // namespace furrow::platform
