// SPDX-License-Identifier: Apache-2.0
#include "edge/schedule/schedule.h"

#include <gtest/gtest.h>

namespace furrow::edge {
namespace {

/// The worked example of docs/edge/design.md: one nozzle, 6 m/s.
Boom Example(int nozzles = 1) {
  Boom boom;
  boom.bus = kMillisecond;
  boom.fall = 40 * kMillisecond;
  boom.footprint = 100'000;
  boom.margin_on = boom.margin_off = 20'000;
  for (int i = 0; i < nozzles; ++i) {
    Nozzle nozzle;
    nozzle.swath = 250'000;
    nozzle.y = 250'000 * (nozzles - 1) / 2 - 250'000 * i;
    nozzle.valve = {10 * kMillisecond, 8 * kMillisecond, 0, 0};
    boom.nozzles.push_back(nozzle);
  }
  return boom;
}

/// Steps of a millisecond from `from` on; the pose is asked at each.
template <typename PoseAt>
std::vector<Command> Drive(Schedule& schedule, Nanos from, Nanos to, PoseAt&& pose_at) {
  std::vector<Command> commands;
  for (Nanos now = from; now < to; now += kMillisecond) {
    schedule.Step(now, now + kMillisecond, pose_at(now), commands);
  }
  return commands;
}

Pose At6(Nanos t) { return {t, 6 * t / 1000, 6 * kMetre, 0}; }

TEST(Schedule, TheWorkedExample) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  const auto commands = Drive(schedule, 16 * kSecond, 17 * kSecond, At6);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_TRUE(commands[0].open);
  EXPECT_NEAR(commands[0].at, 16'604'000'000, 10);
  EXPECT_FALSE(commands[1].open);
  EXPECT_NEAR(commands[1].at, 16'637'666'667, 10);
  EXPECT_TRUE(schedule.Idle());
}

TEST(Schedule, OverlappingWindowsAreOne) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  schedule.Set({2, 100'150'000, 100'200'000, -10'000, 10'000});
  schedule.Set({3, 100'500'000, 100'520'000, -10'000, 10'000});
  const auto commands = Drive(schedule, 16 * kSecond, 17 * kSecond, At6);
  ASSERT_EQ(commands.size(), 4u);
  EXPECT_NEAR(commands[1].at, 16'637'666'667 + 25 * kMillisecond, 10);
  EXPECT_NEAR(commands[2].at, 16'604'000'000 + 83'333'333, 10);
}

TEST(Schedule, AGapTooShortForTheValveIsClosedUp) {
  Boom boom = Example();
  boom.nozzles[0].valve.min_off = 20 * kMillisecond;
  const auto count = [&](Microns gap) {
    Schedule schedule(boom, 8);
    schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
    schedule.Set({2, 100'050'000 + gap, 100'100'000 + gap, -10'000, 10'000});
    return Drive(schedule, 16 * kSecond, 17 * kSecond, At6).size();
  };
  // The pulse is 0.202 m of travel for 0.05 m of weed: gaps of commands are 0.152 m shorter.
  EXPECT_EQ(count(152'000 + 119'000), 2u);
  EXPECT_EQ(count(152'000 + 121'000), 4u);
}

TEST(Schedule, WhatIsHeldOpenForTheNextStaysOpenForIt) {
  Boom boom = Example();
  boom.nozzles[0].valve.min_off = 20 * kMillisecond;
  Schedule schedule(boom, 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  schedule.Set({2, 100'320'500, 100'370'500, -10'000, 10'000});  // 19.75 ms after the close
  auto commands = Drive(schedule, 16 * kSecond, 16'640 * kMillisecond, At6);
  // The first is past its close; a better look puts the second so that there would have been time.
  schedule.Set({2, 100'323'500, 100'373'500, -10'000, 10'000});
  const auto more = Drive(schedule, 16'640 * kMillisecond, 17 * kSecond, At6);
  commands.insert(commands.end(), more.begin(), more.end());
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_NEAR(commands[1].at, 16'637'666'667 + 53'916'667, 10);
}

TEST(Schedule, AForgottenWeedIsMissed) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  schedule.Forget();
  EXPECT_TRUE(schedule.Idle());
  EXPECT_EQ(schedule.counters().missed, 1u);
  EXPECT_TRUE(Drive(schedule, 16 * kSecond, 17 * kSecond, At6).empty());
}

TEST(Schedule, ThePulseIsNeverShorterThanTheValveAllows) {
  Boom boom = Example();
  boom.nozzles[0].valve.min_on = 60 * kMillisecond;
  Schedule schedule(boom, 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  const auto commands = Drive(schedule, 16 * kSecond, 17 * kSecond, At6);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[1].at - commands[0].at, 60 * kMillisecond);
}

TEST(Schedule, BrakingNeedsNoRescheduling) {
  // From 6 m/s at 2 m/s2 from t = 16 s, s = 96 m on: s = 96 + 6 T - T^2.
  const auto braking = [](Nanos t) {
    const Nanos T = t - 16 * kSecond;
    const double seconds = FromBillionths(T);
    return Pose{t, ToMillionths(96 + 6 * seconds - seconds * seconds),
                ToMillionths(6 - 2 * seconds), 0};
  };
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  const auto commands = Drive(schedule, 16 * kSecond, 18 * kSecond, braking);
  ASSERT_EQ(commands.size(), 2u);
  // Where s(T) = 100 - 0.07 - v(T) * 0.051, and 100.05 + 0.07 - v(T) * 0.049: solved by hand.
  EXPECT_NEAR(FromBillionths(commands[0].at), 16.69676, 0.0001);
  EXPECT_NEAR(FromBillionths(commands[1].at), 16.74139, 0.0001);
}

TEST(Schedule, InATurnEachNozzleHasItsOwnSpeed) {
  const auto turning = [](Nanos t) { return Pose{t, 6 * t / 1000, 6 * kMetre, 50'000'000}; };
  Boom boom = Example(2);
  boom.nozzles[0].y = 18 * kMetre;
  boom.nozzles[1].y = -18 * kMetre;
  Schedule schedule(boom, 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -19 * kMetre, 19 * kMetre});
  const auto commands = Drive(schedule, 16 * kSecond, 17 * kSecond, turning);
  ASSERT_EQ(commands.size(), 4u);
  for (const Command& command : commands) {
    if (!command.open) continue;
    const double v_y = command.nozzle == 0 ? 5.1 : 6.9;
    EXPECT_NEAR(FromBillionths(command.at), 100.0 / 6 - 0.07 / v_y - 0.051, 1e-6);
  }
}

TEST(Schedule, AWeedSeenLateOpensAtOnceAndIsCounted) {
  Schedule schedule(Example(), 8);
  const Nanos seen = 16'620'000'000;
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  const auto commands = Drive(schedule, seen, 17 * kSecond, At6);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].at, seen);
  EXPECT_NEAR(commands[1].at, 16'637'666'667, 10);
  EXPECT_EQ(schedule.counters().late, 1u);
  // 16 ms are 96 mm: more than 20 mm of margin and 50 mm of weed, which is 20 mm wide.
  EXPECT_EQ(schedule.counters().late_mm2, 50u * 20u);
}

TEST(Schedule, WhatIsLateIsTold) {
  Boom boom = Example();
  boom.nozzles[0].valve.min_off = 20 * kMillisecond;
  Schedule schedule(boom, 8);
  std::vector<LateWindow> late;
  schedule.WatchLate(&late);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  std::vector<Command> commands = Drive(schedule, 16'610'000'000, 16'650'000'000, At6);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_EQ(late[0].weed, 1u);
  EXPECT_NEAR(late[0].due, 16'604'000'000, 10);
  EXPECT_EQ(late[0].at, 16'610'000'000);
  // 36 mm late, less the margin.
  EXPECT_NEAR(static_cast<double>(late[0].mm2), 16 * 20, 20);
  EXPECT_FALSE(late[0].missed);
  EXPECT_FALSE(late[0].resting);
  // Its command was due 8 ms after the valve closed.
  schedule.Set({2, 100'250'000, 100'300'000, -10'000, 10'000});
  Drive(schedule, 16'650'000'000, 16'700'000'000, At6);
  ASSERT_EQ(late.size(), 2u);
  EXPECT_TRUE(late[1].resting);
  schedule.Set({3, 100 * kMetre, 100'050'000, -10'000, 10'000});
  Drive(schedule, 16'700'000'000, 16'710'000'000, At6);
  ASSERT_EQ(late.size(), 3u);
  EXPECT_TRUE(late[2].missed);
  EXPECT_EQ(late[2].mm2, 50u * 20u);
}

TEST(Schedule, FromAHigherBoomDropletsFallLonger) {
  const auto driven = [](Microns lift, FallRule rule) {
    Schedule schedule(Example(), 8, rule);
    schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
    return Drive(schedule, 16 * kSecond, 17 * kSecond, [&](Nanos t) {
      Pose pose = At6(t);
      pose.lift = lift;
      return pose;
    });
  };
  const auto file = driven(0, FallRule::kByHeight);
  // A quarter higher: 10 ms longer. Half as high: 20 ms shorter, and not shorter than that.
  const auto high = driven(125'000, FallRule::kByHeight);
  const auto low = driven(-250'000, FallRule::kByHeight);
  ASSERT_EQ(file.size(), 2u);
  ASSERT_EQ(high.size(), 2u);
  ASSERT_EQ(low.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(high[i].at, file[i].at - 10 * kMillisecond, 10);
    EXPECT_NEAR(low[i].at, file[i].at + 20 * kMillisecond, 10);
  }
  EXPECT_EQ(driven(-400'000, FallRule::kByHeight), low);
  EXPECT_EQ(driven(125'000, FallRule::kAsInFile), file);
}

TEST(Schedule, AWeedSeenTooLateIsMissedAndMeasured) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  EXPECT_TRUE(Drive(schedule, 16'640'000'000, 17 * kSecond, At6).empty());
  EXPECT_EQ(schedule.counters().missed, 1u);
  EXPECT_EQ(schedule.counters().missed_mm2, 50u * 20u);
  EXPECT_TRUE(schedule.Idle());
  // A later look at it costs no more than what that shows besides.
  schedule.Set({1, 100'001'000, 100'055'000, -10'000, 10'000});
  EXPECT_TRUE(Drive(schedule, 17 * kSecond, 17'010'000'000, At6).empty());
  EXPECT_EQ(schedule.counters().missed, 1u);
  EXPECT_EQ(schedule.counters().missed_mm2, 55u * 20u);
}

TEST(Schedule, ABetterLookMovesTheWindow) {
  Schedule schedule(Example(3), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  schedule.Set({1, 101 * kMetre, 101'050'000, 240'000, 260'000});
  const auto commands = Drive(schedule, 16 * kSecond, 18 * kSecond, At6);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_EQ(commands[0].nozzle, 0);
  EXPECT_NEAR(commands[0].at, 16'604'000'000 + 166'666'667, 10);
}

TEST(Schedule, ABetterLookWhileItBrakesDoesNotInterruptTheSpray) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'300'000, -10'000, 10'000});
  EXPECT_EQ(Drive(schedule, 16 * kSecond, 16'606'000'000, At6).size(), 1u);
  schedule.Set({1, 100'030'000, 100'330'000, -10'000, 10'000});
  const auto slower = [](Nanos t) {
    const Nanos since = t - 16'606'000'000;
    return Pose{t, 99'636'000 + 3 * since / 1000, 3 * kMetre, 0};
  };
  const auto commands = Drive(schedule, 16'606'000'000, 17 * kSecond, slower);
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_FALSE(commands[0].open);
}

TEST(Schedule, ALookAfterTheSprayOpensOnlyForWhatIsNew) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  EXPECT_EQ(Drive(schedule, 16 * kSecond, 16'638'000'000, At6).size(), 2u);
  schedule.Set({1, 100'003'000, 100'053'000, -10'000, 10'000});
  EXPECT_TRUE(schedule.Idle());
  schedule.Set({1, 100 * kMetre, 100'250'000, -10'000, 10'000});
  const auto commands = Drive(schedule, 16'638'000'000, 17 * kSecond, At6);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_NEAR(commands[1].at, 16'637'666'667 + 33'333'333, 10);
}

TEST(Schedule, MasterOffClosesAtOnce) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 101 * kMetre, -10'000, 10'000});
  EXPECT_EQ(Drive(schedule, 16 * kSecond, 16'650'000'000, At6).size(), 1u);
  schedule.SetMaster(false);
  const auto commands = Drive(schedule, 16'650'000'000, 17 * kSecond, At6);
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(commands[0], (Command{0, false, 16'650'000'000}));
}

TEST(Schedule, WhatWasGivenAheadClosesNotBeforeItOpens) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  std::vector<Command> commands;
  const Nanos now = 16'600'000'000;  // it has to open at 16.604 s
  schedule.Step(now, now + 10 * kMillisecond, At6(now), commands);
  ASSERT_EQ(commands.size(), 1u);
  schedule.SetMaster(false);
  schedule.Step(now + kMillisecond, now + 11 * kMillisecond, At6(now + kMillisecond), commands);
  ASSERT_EQ(commands.size(), 2u);
  EXPECT_FALSE(commands[1].open);
  EXPECT_EQ(commands[1].at, commands[0].at);
}

TEST(Schedule, StandingStillSpraysNothing) {
  Schedule schedule(Example(), 8);
  schedule.Set({1, 100 * kMetre, 101 * kMetre, -10'000, 10'000});
  Drive(schedule, 16 * kSecond, 16'650'000'000, At6);
  EXPECT_TRUE(schedule.IsOpen(0));
  Drive(schedule, 16'650'000'000, 16'652'000'000, [](Nanos t) {
    return Pose{t, 99'900'000, 0, 0};
  });
  EXPECT_FALSE(schedule.IsOpen(0));
}

TEST(Schedule, AFullCalendarSpraysBroadcastOrNotAsTheOperatorChose) {
  for (const WhenFull policy : {WhenFull::kSpray, WhenFull::kClose}) {
    Boom boom = Example();
    boom.when_full = policy;
    Schedule schedule(boom, 2);
    for (uint32_t i = 0; i < 4; ++i) {
      const Microns near = 100 * kMetre + i * kMetre;
      schedule.Set({i + 1, near, near + 50'000, -10'000, 10'000});
    }
    EXPECT_EQ(schedule.counters().overflowed, 2u);
    const auto commands = Drive(schedule, 16 * kSecond, 18 * kSecond, At6);
    ASSERT_EQ(commands.size(), 4u);
    const double open = FromBillionths(commands[3].at - commands[2].at);
    EXPECT_NEAR(open, policy == WhenFull::kSpray ? 0.03367 + 2.0 / 6 : 0.03367, 1e-4);
    EXPECT_EQ(schedule.counters().overflow_mm2,
              policy == WhenFull::kSpray ? 2000u * 20u : 2u * 50 * 20);
  }
}

}  // namespace
}  // namespace furrow::edge
