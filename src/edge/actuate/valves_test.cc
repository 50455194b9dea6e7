// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/valves.h"

#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "edge/actuate/bench_lines.h"
#include "edge/actuate/can_bus.h"
#include "edge/actuate/guard.h"
#include "edge/actuate/simulated_valves.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

// The sanitizers bring their own.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
void* operator new(size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
#endif

namespace furrow::edge {
namespace {

constexpr Nanos kLease = 30 * kMillisecond;

Boom OfNozzles(int nozzles) {
  Boom boom;
  boom.bus = kMillisecond;
  boom.lease = kLease;
  boom.nozzles.resize(static_cast<size_t>(nozzles));
  return boom;
}

/// Remembers the last order.
class Listener : public ValveBus {
 public:
  bool Send(const ValveOrder& order) noexcept override {
    ++orders;
    closings += order.close_all;
    last = order;
    open = *order.open;
    return takes;
  }
  uint64_t Lapses(Nanos) noexcept override { return lapses; }

  bool takes = true;
  int orders = 0, closings = 0;
  uint64_t lapses = 0;
  ValveOrder last;
  ValveSet open;
};

TEST(Valves, NothingOpensBeforeTheSwitchIsOn) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.Tick(0, std::vector<Command>{{1, true, 0}});
  EXPECT_FALSE(bus.open.Any());
  EXPECT_EQ(valves.counters().refused, 1u);
  EXPECT_TRUE(valves.SetMaster(true));
  valves.Tick(kMillisecond, std::vector<Command>{{1, true, kMillisecond}, {3, true, kMillisecond}});
  EXPECT_TRUE(valves.IsOpen(1) && valves.IsOpen(3) && !valves.IsOpen(0));
  EXPECT_EQ(bus.open.Count(), 2u);
  EXPECT_EQ(bus.last.lease, kLease);
  EXPECT_EQ(valves.counters().commands, 2u);
}

TEST(Valves, EveryTickRenewsTheLease) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  for (int i = 0; i < 100; ++i) {
    valves.Tick(i * kMillisecond, {});
    EXPECT_EQ(bus.orders, i + 1);
    EXPECT_EQ(bus.last.now, i * kMillisecond);
  }
}

TEST(Valves, MasterOffClosesWithTheNextTickAndStaysSo) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{1, true, 0}});
  EXPECT_TRUE(valves.SetMaster(false));
  valves.Tick(kMillisecond, std::vector<Command>{{2, true, kMillisecond}});
  EXPECT_FALSE(bus.open.Any());
  EXPECT_EQ(bus.closings, 1);
  valves.Tick(2 * kMillisecond, std::vector<Command>{{1, false, 0}, {3, true, 0}});
  EXPECT_FALSE(bus.open.Any());
  EXPECT_EQ(valves.counters().master_offs, 1u);
  EXPECT_EQ(valves.counters().ticks_off, 2u);
  EXPECT_EQ(valves.counters().refused, 2u);
}

TEST(Valves, OffAndOnBetweenTwoTicksStillCloses) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{1, true, 0}, {2, true, 0}});
  valves.SetMaster(false);
  valves.SetMaster(true);
  valves.Tick(kMillisecond, std::vector<Command>{{2, true, kMillisecond}});
  EXPECT_EQ(bus.closings, 1);
  EXPECT_FALSE(valves.IsOpen(1));
  EXPECT_TRUE(valves.IsOpen(2));
}

TEST(Valves, AnEmergencyStopIsLatched) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{1, true, 0}});
  valves.EmergencyStop();
  EXPECT_FALSE(valves.SetMaster(true));
  valves.Tick(kMillisecond, std::vector<Command>{{2, true, 0}});
  EXPECT_FALSE(bus.open.Any());
  valves.SetMaster(false);
  EXPECT_EQ(valves.gate(), ValveGate::kStopped);
  valves.ResetEmergencyStop();
  EXPECT_EQ(valves.gate(), ValveGate::kOff) << "a reset alone does not spray again";
  valves.Tick(2 * kMillisecond, std::vector<Command>{{2, true, 0}});
  EXPECT_FALSE(bus.open.Any());
  EXPECT_TRUE(valves.SetMaster(true));
  valves.Tick(3 * kMillisecond, std::vector<Command>{{2, true, 0}});
  EXPECT_TRUE(bus.open.Test(2));
  EXPECT_EQ(valves.counters().emergency_stops, 1u);
  EXPECT_EQ(valves.counters().ticks_stopped, 1u);
}

TEST(Valves, AfterALapseOnlyANewCommandOpens) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{1, true, 0}, {2, true, 0}});
  // The thread was held up for as long as the lease.
  valves.Tick(kLease, std::vector<Command>{{2, true, kLease}});
  EXPECT_FALSE(bus.open.Test(1));
  EXPECT_TRUE(bus.open.Test(2));
  EXPECT_EQ(valves.counters().lapses, 1u);
  // The bus says so itself.
  ++bus.lapses;
  valves.Tick(kLease + kMillisecond, {});
  EXPECT_FALSE(bus.open.Any());
  EXPECT_EQ(valves.counters().lapses, 2u);
}

TEST(Valves, ABusThatTakesNothingRenewsNothing) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.SetMaster(true);
  EXPECT_TRUE(valves.Tick(0, std::vector<Command>{{1, true, 0}}));
  bus.takes = false;
  for (int i = 1; i < 30; ++i) EXPECT_FALSE(valves.Tick(i * kMillisecond, {}));
  EXPECT_TRUE(valves.IsOpen(1));
  EXPECT_FALSE(valves.Tick(30 * kMillisecond, {}));
  EXPECT_FALSE(valves.IsOpen(1));
  EXPECT_EQ(valves.counters().bus_errors, 30u);
  EXPECT_EQ(valves.counters().lapses, 1u);
}

TEST(Valves, CommandsMoreThanATickLateAreCounted) {
  Listener bus;
  Valves valves(OfNozzles(4), bus, kLease);
  valves.SetMaster(true);
  const Nanos now = kSecond;
  valves.Tick(
      now, std::vector<Command>{
               {0, true, now}, {1, true, now - kMillisecond}, {2, true, now - kMillisecond - 1}});
  EXPECT_EQ(valves.counters().late, 1u);
  EXPECT_EQ(bus.open.Count(), 3u);
}

TEST(Valves, MoreCommandsThanAnOrderHoldsGoInSeveral) {
  Listener bus;
  Valves valves(OfNozzles(2), bus, kLease);
  valves.SetMaster(true);
  std::vector<Command> commands;
  for (int i = 0; i < 21; ++i) commands.push_back({1, i % 2 == 0, i});
  commands.push_back({7, true, 0});
  commands.push_back({-1, true, 0});
  valves.Tick(0, commands);
  EXPECT_TRUE(bus.open.Test(1));
  EXPECT_EQ(bus.orders, 3);
  EXPECT_EQ(valves.counters().commands, 21u);
  EXPECT_EQ(valves.counters().refused, 2u);
}

TEST(Valves, ATickAllocatesNothing) {
  const Boom boom = OfNozzles(1000);
  SimulatedValves simulated(boom);
  CanValveBus can(-1, boom.nozzles.size(), {});
  auto guarded = GuardedBus::Start(MakeBenchLines("", boom.nozzles.size()), boom.bus);
  ASSERT_TRUE(guarded.ok());
  const std::array<ValveBus*, 3> buses{&simulated, &can, guarded->get()};
  std::vector<Command> commands;
  commands.reserve(1000);
  for (ValveBus* bus : buses) {
    Valves valves(boom, *bus, kLease);
    valves.SetMaster(true);
    const uint64_t before = allocations;
    for (int i = 0; i < 500; ++i) {
      const Nanos now = i * kMillisecond;
      commands.clear();
      for (int n = i % 7; n < 1000; n += 7) commands.push_back({n, i / 7 % 2 == 0, now});
      // Virtual time is too quick for the guard, which may have no room.
      ASSERT_TRUE(valves.Tick(now, commands) || bus == guarded->get());
      if (i == 300) valves.EmergencyStop();
    }
    EXPECT_EQ(allocations, before);
  }
}

}  // namespace
}  // namespace furrow::edge
