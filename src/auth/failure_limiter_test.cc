// SPDX-License-Identifier: Apache-2.0
#include "auth/failure_limiter.h"

#include <gtest/gtest.h>

#include "auth/auth_fixture.h"

namespace furrow::auth {
namespace {

TEST(FailureLimiter, RefusesAfterTheBurstAndForgivesWithTime) {
  TestClock clock;
  FailureLimiter limiter(clock, {.burst = 3, .refill = std::chrono::seconds(10)});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limiter.MayTry("10.0.0.1"));
    limiter.Failed("10.0.0.1");
  }
  EXPECT_FALSE(limiter.MayTry("10.0.0.1"));
  EXPECT_TRUE(limiter.MayTry("10.0.0.2"));
  clock.Advance(9);
  EXPECT_TRUE(limiter.MayTry("10.0.0.1")) << "a part of one failure is forgiven";
  limiter.Failed("10.0.0.1");
  EXPECT_FALSE(limiter.MayTry("10.0.0.1"));
  clock.Advance(1000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limiter.MayTry("10.0.0.1")) << "no credit beyond the burst " << i;
    limiter.Failed("10.0.0.1");
  }
  EXPECT_FALSE(limiter.MayTry("10.0.0.1"));
}

TEST(FailureLimiter, WallClockDoesNotForgive) {
  TestClock clock;
  FailureLimiter limiter(clock, {.burst = 1});
  limiter.Failed("10.0.0.1");
  clock.now += 86'400'000'000;
  EXPECT_FALSE(limiter.MayTry("10.0.0.1"));
}

TEST(FailureLimiter, MemoryIsBounded) {
  TestClock clock;
  FailureLimiter limiter(clock, {.burst = 1, .addresses_max = 100});
  for (int i = 0; i < 1000; ++i) {
    limiter.Failed("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    limiter.Failed("192.168.0.1");
  }
  EXPECT_EQ(limiter.addresses(), 100u);
  EXPECT_FALSE(limiter.MayTry("192.168.0.1")) << "the busiest address was forgotten";
}

TEST(FailureLimiter, OneHostsNetworkCountsAsOne) {
  EXPECT_EQ(FloodKey("2001:db8:1:2:3:4:5:6"), FloodKey("2001:db8:1:2:ffff::1"));
  EXPECT_NE(FloodKey("2001:db8:1:2::1"), FloodKey("2001:db8:1:3::1"));
  EXPECT_EQ(FloodKey("::ffff:10.0.0.1"), FloodKey("10.0.0.1"));
  EXPECT_NE(FloodKey("10.0.0.1"), FloodKey("10.0.0.2"));
}

}  // namespace
}  // namespace furrow::auth
