// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/can.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <random>
#include <regex>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "edge/actuate/can_bus.h"
#include "edge/actuate/can_ecu.h"
#include "edge/actuate/can_frame.h"
#include "edge/actuate/valves.h"

namespace furrow::edge {
namespace {

constexpr Nanos kMs = kMillisecond;
constexpr Nanos kLease = 30 * kMs;

Boom OfNozzles(size_t nozzles) {
  Boom boom;
  boom.nozzles.resize(nozzles);
  return boom;
}

std::string Text(uint32_t id, std::span<const uint8_t> data) {
  std::string text = fmt::format("{:03X}#", id);
  for (const uint8_t byte : data) text += fmt::format("{:02X}", byte);
  return text;
}

TEST(CanFrame, TheExamplesOfTheDocumentation) {
  // Rows of the table: | `310#051E010000000080` | bank 0, sequence 5, 30 ms | 0, 47 |
  std::ifstream file(FURROW_SOURCE_DIR "/docs/edge/wire.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::regex row(
      R"(\| `([0-9A-F]{3}#[0-9A-F]{16})` \| bank (\d+), sequence (\d+), (\d+) ms \| ([^|]*) \|)");
  const std::regex number("\\d+");
  int examples = 0;
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    const std::smatch& match = *it;
    ValveSet open;
    const std::string nozzles = match[5];
    for (std::sregex_iterator n(nozzles.begin(), nozzles.end(), number); n != end; ++n) {
      open.Set(std::stoul(n->str()), true);
    }
    const auto bank = static_cast<uint32_t>(std::stoul(match[2]));
    const CanValveFrame frame{bank, static_cast<uint8_t>(std::stoul(match[3])),
                              static_cast<uint8_t>(std::stoul(match[4])),
                              CanBankStates(open, bank)};
    const auto data = EncodeCanValves(frame);
    EXPECT_EQ(Text(0x310 + bank, data), match[1]);
    EXPECT_EQ(DecodeCanValves(bank, data), frame);
    ++examples;
  }
  EXPECT_GE(examples, 5);
}

TEST(CanFrame, EveryNozzleHasItsBit) {
  for (size_t n = 0; n < 1000; ++n) {
    ValveSet open;
    open.Set(n, true);
    for (size_t bank = 0; bank < CanBanks(1000); ++bank) {
      const auto data = EncodeCanValves({0, 0, 0, CanBankStates(open, bank)});
      for (size_t bit = 0; bit < 48; ++bit) {
        EXPECT_EQ(data[2 + bit / 8] >> (bit % 8) & 1, bank * 48 + bit == n);
      }
    }
  }
  EXPECT_EQ(CanBanks(48), 1u);
  EXPECT_EQ(CanBanks(49), 2u);
  EXPECT_FALSE(DecodeCanValves(0, std::array<uint8_t, 7>{}).has_value());
}

/// The controllers at the other end of a pair of sockets.
class Wire {
 public:
  explicit Wire(size_t nozzles) : nozzles_(nozzles), ecus_(CanBanks(nozzles)) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM, 0, ends_), 0);
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
  }
  ~Wire() { ::close(ends_[1]); }
  int sender() const { return ends_[0]; }
  /// Makes the queue as short as the system lets it be.
  void Shorten() const {
    const int bytes = 1;
    EXPECT_EQ(::setsockopt(ends_[0], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), 0);
  }

  /// Hands over what has been sent; `lose` drops it instead.
  void Deliver(Nanos now, bool lose = false) {
    can_frame frame;
    while (::recv(ends_[1], &frame, sizeof frame, 0) == sizeof frame) {
      const auto valves = DecodeCanValves(frame.can_id - 0x310, {frame.data, frame.can_dlc});
      ASSERT_TRUE(valves.has_value());
      ++frames;
      last = *valves;
      if (!lose) ecus_[valves->bank].Take(*valves, now);
    }
  }
  ValveSet Open(Nanos now) {
    ValveSet open;
    for (size_t n = 0; n < nozzles_; ++n) open.Set(n, ecus_[n / 48].Open(now) >> (n % 48) & 1);
    return open;
  }
  uint64_t Lapses() const {
    uint64_t sum = 0;
    for (const CanValveEcu& ecu : ecus_) sum += ecu.lapses();
    return sum;
  }
  uint64_t Lost() const {
    uint64_t sum = 0;
    for (const CanValveEcu& ecu : ecus_) sum += ecu.lost();
    return sum;
  }

  int frames = 0;
  CanValveFrame last;

 private:
  const size_t nozzles_;
  std::vector<CanValveEcu> ecus_;
  int ends_[2] = {-1, -1};
};

TEST(CanBus, TheControllerShowsWhatWasOrdered) {
  const Boom boom = OfNozzles(144);
  Wire wire(144);
  CanValveBus bus(wire.sender(), 144, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  std::mt19937 random(3);
  std::vector<bool> open(144);
  for (Nanos now = 0; now < kSecond; now += kMs) {
    std::vector<Command> commands;
    for (int i = 0; i < 3; ++i) {
      const int n = static_cast<int>(random() % 144);
      open[n] = !open[n];
      commands.push_back({n, open[n], now});
    }
    ASSERT_TRUE(valves.Tick(now, commands));
    wire.Deliver(now);
    ASSERT_EQ(wire.Open(now), valves.open());
  }
  EXPECT_EQ(wire.Lapses(), 0u);
  EXPECT_EQ(wire.Lost(), 0u);
}

TEST(CanBus, ACommandGoesWithTheNearestTick) {
  const Boom boom = OfNozzles(2);
  Wire wire(2);
  CanValveBus bus(wire.sender(), 2, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, {});
  const Nanos now = 10 * kMs;
  valves.Tick(now, std::vector<Command>{{0, true, now + 499'999}, {1, true, now + 500'000}});
  wire.Deliver(now);
  EXPECT_EQ(wire.Open(now).words[0], 1u);
  valves.Tick(now + kMs, {});
  wire.Deliver(now + kMs);
  EXPECT_EQ(wire.Open(now + kMs).words[0], 3u);
}

TEST(CanBus, WhatIsGivenAheadWaitsForItsTick) {
  const Boom boom = OfNozzles(2);
  Wire wire(2);
  CanValveBus bus(wire.sender(), 2, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{0, true, 5 * kMs + 499'999}, {0, false, 9 * kMs}});
  for (Nanos now = kMs; now < 15 * kMs; now += kMs) {
    valves.Tick(now, {});
    wire.Deliver(now);
    EXPECT_EQ(wire.Open(now).Any(), now >= 5 * kMs && now < 9 * kMs) << now;
  }
}

TEST(CanBus, WhatWaitsIsVoidOnceTheSwitchOrTheLeaseHasClosed) {
  const Boom boom = OfNozzles(2);
  for (const bool stalls : {false, true}) {
    Wire wire(2);
    CanValveBus bus(wire.sender(), 2, {});
    Valves valves(boom, bus, kLease);
    valves.SetMaster(true);
    valves.Tick(0, {});
    valves.Tick(kMs, std::vector<Command>{{1, true, 8 * kMs}});
    if (!stalls) {
      valves.SetMaster(false);
      valves.SetMaster(true);
    }
    for (Nanos now = stalls ? 60 * kMs : 2 * kMs; now < 100 * kMs; now += kMs) {
      valves.Tick(now, {});
      wire.Deliver(now);
      EXPECT_FALSE(wire.Open(now).Any()) << now;
    }
    valves.Tick(100 * kMs, std::vector<Command>{{1, true, 100 * kMs}});
    wire.Deliver(100 * kMs);
    EXPECT_TRUE(wire.Open(100 * kMs).Test(1)) << "a new command opens";
  }
}

TEST(CanBus, WhatTheQueueDidNotTakeForALeaseIsVoid) {
  const Boom boom = OfNozzles(4);
  for (const bool one_is_open : {false, true}) {
    Wire wire(4);
    wire.Shorten();
    CanValveBus bus(wire.sender(), 4, {});
    Valves valves(boom, bus, kLease);
    valves.SetMaster(true);
    Nanos now = 0;
    if (one_is_open) valves.Tick(now, std::vector<Command>{{2, true, 0}});
    // Nobody takes frames away, so the queue fills.
    while (now < kSecond && valves.counters().bus_errors == 0) valves.Tick(now += kMs, {});
    ASSERT_EQ(valves.counters().bus_errors, 1u);
    const Nanos full = now;
    valves.Tick(now += kMs, std::vector<Command>{{1, true, now}});
    while (now < full + kLease - 10 * kMs) valves.Tick(now += kMs, {});
    // Its time comes when the lease is over and the queue has room again.
    valves.Tick(now += kMs, std::vector<Command>{{3, true, now + 10 * kMs}});
    while (now < full + kLease && bus.Lapses(now) == 0) valves.Tick(now += kMs, {});
    wire.Deliver(now);
    while (now < full + 3 * kLease) {
      valves.Tick(now += kMs, {});
      wire.Deliver(now);
      EXPECT_FALSE(wire.Open(now).Any()) << now << " " << one_is_open;
    }
    valves.Tick(now += kMs, std::vector<Command>{{1, true, now}});
    wire.Deliver(now);
    EXPECT_EQ(wire.Open(now).words[0], 2u) << "a new command opens";
  }
}

TEST(CanBus, QuietBanksAreRenewedInTimeAndNoMore) {
  const Boom boom = OfNozzles(100);
  Wire wire(100);
  CanValveBus bus(wire.sender(), 100, {.renew = 5 * kMs});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{7, true, 0}});
  for (Nanos now = kMs; now < 1001 * kMs; now += kMs) {
    valves.Tick(now, {});
    wire.Deliver(now);
    ASSERT_TRUE(wire.Open(now).Test(7));
  }
  EXPECT_NEAR(wire.frames, 3 * 201, 4);
}

TEST(CanBus, WhenFramesStopTheControllerClosesWithinTheLease) {
  const Boom boom = OfNozzles(50);
  Wire wire(50);
  CanValveBus bus(wire.sender(), 50, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{3, true, 0}, {49, true, 0}});
  Nanos now = 0;
  for (; now < 100 * kMs; now += kMs) {
    valves.Tick(now, {});
    wire.Deliver(now);
  }
  const Nanos last = now - kMs;
  EXPECT_EQ(wire.Open(last).Count(), 2u);
  EXPECT_FALSE(wire.Open(last + kLease).Any());
  EXPECT_EQ(wire.Lapses(), 2u);
}

TEST(CanBus, AfterALapseTheControllerWaitsForAFrameThatClosesAll) {
  const Boom boom = OfNozzles(4);
  Wire wire(4);
  CanValveBus bus(wire.sender(), 4, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  Nanos now = 0;
  const auto ticks = [&](int count, bool lose, std::vector<Command> commands = {}) {
    for (int i = 0; i < count; ++i, now += kMs, commands.clear()) {
      valves.Tick(now, commands);
      wire.Deliver(now, lose);
    }
  };
  ticks(10, false, {{2, true, 0}});
  EXPECT_TRUE(wire.Open(now).Test(2));
  ticks(40, true);  // a loose plug, which the sender does not hear of
  EXPECT_FALSE(wire.Open(now).Any());
  ticks(40, false);
  EXPECT_FALSE(wire.Open(now).Any()) << "the rest of an old pulse does not come back";
  ticks(1, false, {{2, false, now}});
  ticks(10, false, {{1, true, now}});
  EXPECT_EQ(wire.Open(now).words[0], 2u);
  EXPECT_GT(wire.Lost(), 0u);
}

TEST(CanBus, AQueueThatTakesNothingIsABusErrorAndThenALapse) {
  const Boom boom = OfNozzles(4);
  Wire wire(4);
  wire.Shorten();
  CanValveBus bus(wire.sender(), 4, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  Nanos now = 0;
  valves.Tick(now, std::vector<Command>{{2, true, 0}});
  // Nobody takes frames away, so the queue fills; then it is emptied.
  for (; now < kSecond && valves.counters().lapses == 0; now += kMs) valves.Tick(now, {});
  EXPECT_GT(valves.counters().bus_errors, 20u);
  EXPECT_EQ(valves.counters().lapses, 1u);
  EXPECT_EQ(bus.Lapses(now), 1u);
  EXPECT_GT(bus.counters().refused, 20u);
  wire.Deliver(now);
  for (int i = 0; i < 20; ++i, now += kMs) {
    valves.Tick(now, {});
    wire.Deliver(now);
  }
  EXPECT_FALSE(wire.Open(now).Any());
  EXPECT_TRUE(valves.Tick(now, std::vector<Command>{{2, true, now}}));
  wire.Deliver(now);
  EXPECT_TRUE(wire.Open(now).Test(2));
}

TEST(CanBus, MasterOffIsAFrameThatClosesAtOnce) {
  const Boom boom = OfNozzles(4);
  Wire wire(4);
  CanValveBus bus(wire.sender(), 4, {});
  Valves valves(boom, bus, kLease);
  valves.SetMaster(true);
  valves.Tick(0, std::vector<Command>{{2, true, 0}});
  wire.Deliver(0);
  EXPECT_TRUE(wire.Open(0).Any());
  valves.SetMaster(false);
  valves.Tick(kMs, {});
  wire.Deliver(kMs);
  EXPECT_FALSE(wire.Open(kMs).Any());
  EXPECT_EQ(wire.Lapses(), 0u);
  valves.CloseAll(2 * kMs);
  wire.Deliver(2 * kMs);
  EXPECT_EQ(wire.last.lease_ms, 0);
}

TEST(CanBus, ADryRunCountsWhatItWouldSend) {
  CanValveBus bus(-1, 48, {});
  Valves valves(OfNozzles(48), bus, kLease);
  for (int i = 0; i < 51; ++i) EXPECT_TRUE(valves.Tick(i * kMs, {}));
  EXPECT_EQ(bus.counters().frames, 11u);
}

TEST(CanBus, AnInterfaceThatIsNotThereIsAnError) {
  const auto bus = CanValveBus::Open("furrow-none", 4, {});
  ASSERT_FALSE(bus.ok());
  EXPECT_TRUE(bus.status().message().starts_with("furrow-none: ")) << bus.status().message();
  EXPECT_FALSE(CanValveBus::Open("a name that is much too long", 4, {}).ok());
}

TEST(CanEcu, ARepeatedFrameRenewsNothing) {
  CanValveEcu ecu;
  ecu.Take({0, 1, 30, 0}, 0);
  ecu.Take({0, 2, 30, 5}, kMs);
  for (Nanos now = 2 * kMs; now < 31 * kMs; now += kMs) ecu.Take({0, 2, 30, 5}, now);
  EXPECT_EQ(ecu.Open(31 * kMs - 1), 5u);
  EXPECT_EQ(ecu.Open(31 * kMs), 0u);
  EXPECT_EQ(ecu.lapses(), 1u);
}

TEST(CanEcu, AtTheStartFramesThatWaitedOpenNothing) {
  CanValveEcu ecu;
  for (int i = 0; i < 300; ++i) {
    ecu.Take({0, static_cast<uint8_t>(i), 30, 7}, i * kMs);
    ASSERT_EQ(ecu.Open(i * kMs), 0u);
  }
  ecu.Take({0, 44, 0, 7}, 300 * kMs);
  EXPECT_EQ(ecu.Open(300 * kMs), 0u);
  ecu.Take({0, 45, 30, 7}, 301 * kMs);
  EXPECT_EQ(ecu.Open(301 * kMs), 7u);
  EXPECT_EQ(ecu.lost(), 0u);
}

}  // namespace
}  // namespace furrow::edge
