// SPDX-License-Identifier: Apache-2.0
#include "auth/rate_limiter.h"

#include <gtest/gtest.h>

#include "auth/auth_fixture.h"

namespace furrow::auth {
namespace {

TEST(RateLimiter, LetsTheBurstThroughThenTheRate) {
  TestClock clock;
  RateLimiter limiter(clock, {.per_second = 2, .burst = 5});
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.Take("a")) << i;
  EXPECT_FALSE(limiter.Take("a"));
  EXPECT_TRUE(limiter.Take("b")) << "another key has its own";
  clock.Advance(1);
  EXPECT_TRUE(limiter.Take("a"));
  EXPECT_TRUE(limiter.Take("a"));
  EXPECT_FALSE(limiter.Take("a"));
  clock.Advance(1000);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limiter.Take("a")) << "no credit beyond the burst " << i;
  EXPECT_FALSE(limiter.Take("a"));
}

TEST(RateLimiter, ZeroIsNoBound) {
  TestClock clock;
  RateLimiter limiter(clock, {.per_second = 0, .burst = 0});
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(limiter.Take("a"));
  EXPECT_EQ(limiter.keys(), 0u);
}

TEST(RateLimiter, KeysAreBoundedAndTheOldestGoes) {
  TestClock clock;
  RateLimiter limiter(clock, {.per_second = 1, .burst = 1, .keys_max = 32});
  for (int i = 0; i < 10'000; ++i) limiter.Take("key" + std::to_string(i));
  EXPECT_LE(limiter.keys(), 32u);
  EXPECT_FALSE(limiter.Take("key9999")) << "the newest is still known";
  EXPECT_TRUE(limiter.Take("key0")) << "the oldest starts afresh";
}

TEST(RequestLimits, ASessionAndAnAddressAreCountedApart) {
  TestClock clock;
  RequestLimits limits(clock, 1, 1);
  EXPECT_TRUE(limits.sessions.Take("x"));
  EXPECT_TRUE(limits.sessions.Take("x"));
  EXPECT_FALSE(limits.sessions.Take("x"));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limits.addresses.Take("x")) << i;
  EXPECT_FALSE(limits.addresses.Take("x"));
}

}  // namespace
}  // namespace furrow::auth
