// SPDX-License-Identifier: Apache-2.0
#include "edge/actuate/self_test.h"

#include <gtest/gtest.h>

#include "edge/actuate/simulated_valves.h"

namespace furrow::edge {
namespace {

class SelfTestTest : public testing::Test {
 protected:
  static Boom Example() {
    Boom boom;
    boom.bus = kMillisecond;
    boom.nozzles.resize(12);
    for (Nozzle& nozzle : boom.nozzles) nozzle.valve.min_on = 15 * kMillisecond;
    return boom;
  }
  SelfTestReport Test() {
    return TestValves(boom_, valves_, bus_,
                      {[this] { return now_; }, [this](Nanos at) { now_ = at; }}, 0);
  }

  const Boom boom_ = Example();
  SimulatedValves bus_{boom_};
  Valves valves_{boom_, bus_, 30 * kMillisecond};
  Nanos now_ = kSecond;
};

TEST_F(SelfTestTest, EachValveOpensAndClosesOnceOneAfterTheOther) {
  const SelfTestReport report = Test();
  EXPECT_TRUE(report.ok());
  EXPECT_TRUE(report.read_back);
  EXPECT_EQ(report.tested, 12);
  EXPECT_TRUE(SelfTestStatus(report).ok());
  std::vector<Flow> flows;
  bus_.TakeFlows(flows);
  ASSERT_EQ(flows.size(), 12u);
  for (int n = 0; n < 12; ++n) {
    EXPECT_EQ(flows[static_cast<size_t>(n)].nozzle, n);
    if (n == 0) continue;
    EXPECT_GT(flows[static_cast<size_t>(n)].from, flows[static_cast<size_t>(n) - 1].to);
  }
  EXPECT_EQ(bus_.too_short(), 0u);
  EXPECT_EQ(valves_.gate(), ValveGate::kOff);
}

TEST_F(SelfTestTest, BadValvesAreNamed) {
  bus_.SetFault(3, ValveFault::kDead, now_);
  bus_.SetFault(7, ValveFault::kStuckClosed, now_);
  const SelfTestReport report = Test();
  EXPECT_EQ(report.failed, (std::vector<ValveVerdict>{{3, false, true}, {7, false, true}}));
  EXPECT_EQ(SelfTestStatus(report).message(),
            "2 of 12 valves failed: nozzle 3 does not open, 7 does not open");
}

TEST_F(SelfTestTest, AValveThatDoesNotCloseFailsItAll) {
  bus_.SetFault(5, ValveFault::kStuckOpen, now_);
  const SelfTestReport report = Test();
  EXPECT_EQ(report.failed.size(), 12u);
  EXPECT_FALSE(SelfTestStatus(report).ok());
}

TEST_F(SelfTestTest, ABusThatFailsEndsIt) {
  bus_.SetFault(BusFault::kRefuses);
  const SelfTestReport report = Test();
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(report.tested, 1);
  EXPECT_EQ(SelfTestStatus(report).message(), "the bus does not take orders in time, at nozzle 0");
}

TEST_F(SelfTestTest, ADisturbedPulseIsTriedAgain) {
  bool disturbed = false;
  const auto sleep_until = [&](Nanos at) {
    now_ = at;
    const bool now = !disturbed && at > kSecond + 200 * kMillisecond;
    disturbed = disturbed || now;
    bus_.SetFault(now ? BusFault::kRefuses : BusFault::kNone);
  };
  const SelfTestReport report =
      TestValves(boom_, valves_, bus_, {[this] { return now_; }, sleep_until}, 0);
  EXPECT_TRUE(report.ok());
  EXPECT_EQ(report.tested, 12);
  EXPECT_EQ(report.retried, 1);
}

TEST_F(SelfTestTest, AStoppedMachineIsNotTested) {
  valves_.EmergencyStop();
  const SelfTestReport report = Test();
  EXPECT_TRUE(report.interrupted);
  EXPECT_EQ(report.tested, 0);
  EXPECT_EQ(valves_.gate(), ValveGate::kStopped);
}

TEST_F(SelfTestTest, AnUnpunctualProcessTriesAgainAndThenGivesUp) {
  const SelfTestReport report =
      TestValves(boom_, valves_, bus_,
                 {[this] { return now_; }, [this](Nanos at) { now_ = at + 40 * kMillisecond; }}, 0);
  EXPECT_TRUE(report.bus_failed);
  EXPECT_EQ(report.tested, 1);
  EXPECT_EQ(report.retried, 2);
}

}  // namespace
}  // namespace furrow::edge
