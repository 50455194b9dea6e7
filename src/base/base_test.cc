// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/status.h"
#include "base/time.h"

namespace furrow {
namespace {

TEST(Time, RoundTripsAndReadsWhatClientsSend) {
  const auto t = ParseTime("2026-11-23T20:31:43.123456+00:00");
  ASSERT_TRUE(t);
  EXPECT_EQ(FormatTime(*t), "2026-11-23T20:31:43.123456+00:00");
  EXPECT_EQ(ParseTime("2026-11-23 20:31:43.123456"), t);
  EXPECT_EQ(ParseTime("2026-11-23T22:31:43.123456+02:00"), t);
  EXPECT_EQ(FormatTime(*ParseTime("2026-11-23")), "2026-11-23T00:00:00.000000+00:00");
  EXPECT_EQ(FormatTime(*ParseTime("1969-12-31T23:59:59.5Z")), "1969-12-31T23:59:59.500000+00:00");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999999+00:00");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* bad : {"", "2026", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00",
                          "2026-01-01T00:00:00.", "2026-01-01T00:00:00Zx", "yesterday"}) {
    EXPECT_FALSE(ParseTime(bad)) << bad;
  }
}

TEST(Id, IsThirtyTwoLowercaseHexAndUnique) {
  const std::string a = NewId(), b = NewId();
  EXPECT_TRUE(IsId(a));
  EXPECT_NE(a, b);
  EXPECT_FALSE(IsId("default"));
  EXPECT_FALSE(IsId(std::string(32, 'G')));
}

TEST(Status, CarriesContextAndWireCode) {
  const Status s(Code::kNotFound, 4000101, "no such task");
  EXPECT_EQ(s.With("tasks.stop").message(), "tasks.stop: no such task");
  EXPECT_EQ(s.With("x").wire(), 4000101u);
  const auto half = [](int n) -> Result<int> {
    if (n % 2) return Status(Code::kInvalidArgument, "odd");
    return n / 2;
  };
  const auto twice = [&](int n) -> Result<int> {
    FURROW_ASSIGN(int h, half(n));
    return half(h);
  };
  EXPECT_EQ(*twice(8), 2);
  EXPECT_EQ(twice(6).status().message(), "odd");
}

TEST(SenderHash, DependsOnSenderAndBody) {
  const std::string one = SenderHash("user/worker", "body");
  EXPECT_EQ(one.size(), 16u);
  EXPECT_EQ(SenderHash("user/worker", "body"), one);
  EXPECT_NE(SenderHash("user/other", "body"), one);
  EXPECT_NE(SenderHash("user/worker", "bodz"), one);
}

}  // namespace
}  // namespace furrow
