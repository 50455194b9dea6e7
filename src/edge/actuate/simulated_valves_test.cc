// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/simulated_valves.h"

#include <gtest/gtest.h>

#include "edge/actuate/valves.h"
#include "edge/schedule/schedule.h"

namespace furrow::edge {
namespace {

constexpr Nanos kMs = kMillisecond;
constexpr Nanos kLease = 30 * kMs;

Boom Example(int nozzles = 2) {
  Boom boom;
  boom.bus = kMs;
  boom.nozzles.resize(static_cast<size_t>(nozzles));
  for (Nozzle& nozzle : boom.nozzles) nozzle.valve = {10 * kMs, 8 * kMs, 6 * kMs, 5 * kMs};
  return boom;
}

/// Ticks from `from` to `to`, both included, with the commands whose time has come.
struct Drive {
  explicit Drive(const Boom& boom) : bus(boom), valves(boom, bus, kLease) {
    valves.SetMaster(true);
  }
  void Ticks(Nanos from, Nanos to) {
    for (Nanos now = from; now <= to; now += kMs) {
      std::vector<Command> due;
      for (const Command& command : commands) {
        if (command.at >= now && command.at < now + kMs) due.push_back(command);
      }
      valves.Tick(now, due);
    }
  }
  std::vector<Flow> Flows(Nanos until) {
    bus.Advance(until);
    std::vector<Flow> flows;
    bus.TakeFlows(flows);
    return flows;
  }

  SimulatedValves bus;
  Valves valves;
  std::vector<Command> commands;
};

TEST(SimulatedValves, FlowFollowsTheCommandByBusAndValve) {
  // The valve of the worked example of docs/edge/design.md.
  Drive drive(Example());
  drive.commands = {{0, true, 16'604'000'000}, {0, false, 16'637'666'667}};
  drive.Ticks(16'500 * kMs, 16'700 * kMs);
  EXPECT_EQ(drive.Flows(16'700 * kMs), (std::vector<Flow>{{0, 16'615'000'000, 16'646'666'667}}));
  EXPECT_EQ(drive.valves.counters().lapses, 0u);
  EXPECT_EQ(drive.bus.late(), 0u);
}

TEST(SimulatedValves, AWeedIsSprayedAsTheDesignReckons) {
  Boom boom = Example(1);
  boom.fall = 40 * kMs;
  boom.footprint = 100'000;
  boom.margin_on = boom.margin_off = 20'000;
  boom.nozzles[0].swath = 250'000;
  Drive drive(boom);
  Schedule schedule(boom, 8);
  schedule.Set({1, 100 * kMetre, 100'050'000, -10'000, 10'000});
  std::vector<Command> commands;
  for (Nanos now = 16 * kSecond; now < 17 * kSecond; now += kMs) {
    commands.clear();
    schedule.Step(now, now + kMs, {now, 6 * now / 1000, 6 * kMetre, 0}, commands);
    drive.valves.Tick(now, commands);
  }
  const auto flows = drive.Flows(17 * kSecond);
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_NEAR(flows[0].from, 16'615'000'000, 10);
  EXPECT_NEAR(flows[0].to, 16'646'666'667, 10);
}

TEST(SimulatedValves, MoreUnderWayThanThereIsRoomForCloses) {
  Boom boom = Example(1);
  boom.nozzles[0].valve.min_on = boom.nozzles[0].valve.min_off = 0;
  Drive drive(boom);
  drive.bus.SetExtraDelay(25 * kMs);
  drive.commands = {{0, true, 100 * kMs}};
  drive.Ticks(0, 150 * kMs);
  EXPECT_TRUE(drive.bus.Flows(0));
  for (Nanos i = 0; i < 17; ++i) drive.commands.push_back({0, i % 2 != 0, (151 + i) * kMs});
  drive.Ticks(151 * kMs, 220 * kMs);
  // The last change, a close, found no room.
  EXPECT_EQ(drive.valves.counters().bus_errors, 1u);
  EXPECT_EQ(drive.bus.Lapses(220 * kMs), 1u);
  EXPECT_FALSE(drive.bus.Flows(0));
}

TEST(SimulatedValves, AValveToldOtherwiseBeforeItMovesDoesNotMove) {
  Drive drive(Example());
  drive.commands = {{0, true, 100 * kMs}, {0, false, 107 * kMs}};
  drive.Ticks(0, 200 * kMs);
  EXPECT_TRUE(drive.Flows(200 * kMs).empty());
  EXPECT_EQ(drive.bus.too_short(), 0u);
}

TEST(SimulatedValves, AChangeBeforeTheMinimumWaitsAndIsCounted) {
  Boom boom = Example();
  boom.nozzles[1].valve.min_on = 20 * kMs;
  Drive drive(boom);
  drive.commands = {{1, true, 100 * kMs}, {1, false, 112 * kMs}};
  drive.Ticks(0, 200 * kMs);
  EXPECT_EQ(drive.Flows(200 * kMs), (std::vector<Flow>{{1, 111 * kMs, 129 * kMs}}));
  EXPECT_EQ(drive.bus.too_short(), 1u);
}

TEST(SimulatedValves, WithoutRenewalAllCloseAtTheEndOfTheLease) {
  Drive drive(Example());
  drive.commands = {{0, true, 10 * kMs}, {1, true, 20 * kMs}};
  drive.Ticks(0, 50 * kMs);
  drive.bus.Advance(79 * kMs);
  EXPECT_EQ(drive.bus.Lapses(79 * kMs), 0u);
  const auto flows = drive.Flows(kSecond);
  EXPECT_EQ(flows, (std::vector<Flow>{{0, 21 * kMs, 88 * kMs}, {1, 31 * kMs, 88 * kMs}}));
  EXPECT_EQ(drive.bus.Lapses(kSecond), 1u);
}

TEST(SimulatedValves, AHeldUpSchedulerOpensOnlyByNewCommands) {
  Drive drive(Example());
  drive.commands = {{0, true, 10 * kMs}, {0, true, 205 * kMs}, {0, false, 220 * kMs}};
  drive.Ticks(0, 50 * kMs);
  drive.Ticks(200 * kMs, 300 * kMs);
  EXPECT_EQ(drive.Flows(300 * kMs),
            (std::vector<Flow>{{0, 21 * kMs, 88 * kMs}, {0, 216 * kMs, 229 * kMs}}));
  EXPECT_EQ(drive.valves.counters().lapses, 1u);
}

TEST(SimulatedValves, LostOrdersCloseToo) {
  Drive drive(Example());
  drive.commands = {{0, true, 10 * kMs}};
  drive.Ticks(0, 50 * kMs);
  drive.bus.SetFault(BusFault::kLoses);
  drive.Ticks(51 * kMs, 120 * kMs);
  EXPECT_EQ(drive.Flows(120 * kMs), (std::vector<Flow>{{0, 21 * kMs, 88 * kMs}}));
  EXPECT_EQ(drive.valves.counters().bus_errors, 0u);
  EXPECT_EQ(drive.valves.counters().lapses, 1u);
}

TEST(SimulatedValves, ARefusingBusIsReported) {
  Drive drive(Example());
  drive.commands = {{0, true, 10 * kMs}};
  drive.Ticks(0, 50 * kMs);
  drive.bus.SetFault(BusFault::kRefuses);
  drive.Ticks(51 * kMs, 120 * kMs);
  EXPECT_EQ(drive.Flows(120 * kMs), (std::vector<Flow>{{0, 21 * kMs, 88 * kMs}}));
  EXPECT_EQ(drive.valves.counters().bus_errors, 70u);
}

TEST(SimulatedValves, ALateBusIsLateAndCounted) {
  Drive drive(Example());
  drive.bus.SetExtraDelay(7 * kMs);
  drive.commands = {{0, true, 100 * kMs}, {0, false, 150 * kMs}};
  drive.Ticks(0, 200 * kMs);
  EXPECT_EQ(drive.Flows(200 * kMs), (std::vector<Flow>{{0, 118 * kMs, 166 * kMs}}));
  EXPECT_EQ(drive.valves.counters().late, 2u);
  // An order that is as late as its lease is long does nothing.
  drive.bus.SetExtraDelay(kLease);
  drive.commands = {{0, true, 250 * kMs}};
  drive.Ticks(201 * kMs, 400 * kMs);
  drive.bus.Advance(400 * kMs);
  EXPECT_FALSE(drive.bus.Flows(0));
}

TEST(SimulatedValves, FaultsOfOneValveLeaveTheOthers) {
  Drive drive(Example(4));
  drive.bus.SetFault(0, ValveFault::kStuckOpen, 5 * kMs);
  drive.bus.SetFault(1, ValveFault::kStuckClosed, 5 * kMs);
  for (int n = 0; n < 4; ++n) drive.commands.push_back({n, true, 10 * kMs});
  drive.Ticks(0, 50 * kMs);
  EXPECT_EQ(drive.bus.ReadBack(50 * kMs)->Count(), 3u);
  EXPECT_TRUE(drive.bus.Flows(0));
  EXPECT_FALSE(drive.bus.Flows(1));
  drive.bus.SetFault(2, ValveFault::kDead, 50 * kMs);
  drive.valves.SetMaster(false);
  drive.Ticks(60 * kMs, 100 * kMs);
  EXPECT_EQ(drive.Flows(100 * kMs),
            (std::vector<Flow>{{2, 21 * kMs, 58 * kMs}, {3, 21 * kMs, 69 * kMs}}));
  EXPECT_TRUE(drive.bus.Flows(0));
  drive.bus.SetFault(0, ValveFault::kNone, 100 * kMs);
  EXPECT_EQ(drive.Flows(200 * kMs), (std::vector<Flow>{{0, 5 * kMs, 108 * kMs}}));
}

TEST(SimulatedValves, CloseAllOvertakesWhatIsUnderWay) {
  Drive drive(Example());
  drive.bus.SetExtraDelay(5 * kMs);
  drive.commands = {{0, true, 10 * kMs}, {1, true, 15 * kMs + 500}};
  drive.Ticks(0, 15 * kMs);
  drive.valves.CloseAll(15 * kMs);
  drive.Ticks(16 * kMs, 100 * kMs);
  // Nozzle 0 had heard at 16 ms, nozzle 1 not yet; at 21 ms both are told to close.
  EXPECT_TRUE(drive.Flows(100 * kMs).empty());
  EXPECT_FALSE(drive.bus.Flows(1));
}

TEST(SimulatedValves, WhatHasNoRoomIsCounted) {
  const Boom boom = Example(1);
  SimulatedValves bus(boom, 2);
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  for (Nanos i = 0; i < 400; ++i) {
    const std::vector<Command> change{{0, i / 40 % 2 == 0, i * kMs}};
    valves.Tick(i * kMs, i % 40 == 0 ? change : std::vector<Command>{});
  }
  EXPECT_EQ(bus.flows_lost(), 3u);
}

}  // namespace
}  // namespace furrow::edge
