// SPDX-License-Identifier: Apache-2.0
#include "files/conditions.h"

#include <gtest/gtest.h>

namespace furrow::files {
namespace {

std::string Range(std::string_view field, uint64_t size) {
  const RangeAnswer answer = ParseRange(field, size);
  if (answer.kind == RangeKind::kWhole) return "whole";
  if (answer.kind == RangeKind::kUnsatisfiable) return "416";
  return std::to_string(answer.span.offset) + "+" + std::to_string(answer.span.length);
}

TEST(Range, OneRange) {
  EXPECT_EQ(Range("bytes=0-0", 10), "0+1");
  EXPECT_EQ(Range("bytes=0-9", 10), "0+10");
  EXPECT_EQ(Range("bytes=3-5", 10), "3+3");
  EXPECT_EQ(Range("bytes=3-", 10), "3+7");
  EXPECT_EQ(Range("bytes=9-100", 10), "9+1");
  EXPECT_EQ(Range("bytes=-3", 10), "7+3");
  EXPECT_EQ(Range("bytes=-100", 10), "0+10");
  EXPECT_EQ(Range(" bytes= 3 - 5 ", 10), "3+3");
  EXPECT_EQ(Range("bytes=0-18446744073709551615", 10), "0+10");
  EXPECT_EQ(Range("bytes=0-99999999999999999999999999", 10), "0+10");
  EXPECT_EQ(Range("bytes=-99999999999999999999999999", 10), "0+10");
}

TEST(Range, Unsatisfiable) {
  EXPECT_EQ(Range("bytes=10-", 10), "416");
  EXPECT_EQ(Range("bytes=10-20", 10), "416");
  EXPECT_EQ(Range("bytes=-0", 10), "416");
  EXPECT_EQ(Range("bytes=0-", 0), "416");
  EXPECT_EQ(Range("bytes=-5", 0), "416");
  EXPECT_EQ(Range("bytes=99999999999999999999999999-", 10), "416");
}

TEST(Range, WhatIsNotUnderstoodIsIgnored) {
  for (const char* field :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=1", "bytes=0-1,3-4",
        "lines=0-1", "bytes=+1-2", "bytes=1--2", "bytes=0x1-2", "bytes=1.5-2"}) {
    EXPECT_EQ(Range(field, 10), "whole") << field;
  }
}

http::Headers One(const char* name, std::string value) {
  http::Headers headers;
  headers.Add(name, std::move(value));
  return headers;
}

constexpr Micros kStored = 1'795'465'903'500'000;  // half a second past the whole one
const std::string kDate = "Mon, 23 Nov 2026 20:31:43 GMT";
const std::string kTag = "\"abc\"";

TEST(Conditions, DatesBothWays) {
  EXPECT_EQ(HttpDate(kStored), kDate);
  EXPECT_EQ(ParseHttpDate(kDate), kStored - 500'000);
  EXPECT_EQ(HttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  for (const char* bad : {"", "yesterday", "Mon, 23 Nov 2026 20:31:43 CET",
                          "Mon, 31 Feb 2026 20:31:43 GMT", "Mon, 23 Nov 2026 24:31:43 GMT",
                          "Mon, 2x Nov 2026 20:31:43 GMT", "Mon, 23 Now 2026 20:31:43 GMT"}) {
    EXPECT_FALSE(ParseHttpDate(bad)) << bad;
  }
}

TEST(Conditions, EntityTags) {
  EXPECT_TRUE(NotModified(One("If-None-Match", "\"abc\""), kTag, kStored));
  EXPECT_TRUE(NotModified(One("If-None-Match", "\"x\", W/\"abc\""), kTag, kStored));
  EXPECT_TRUE(NotModified(One("If-None-Match", "*"), kTag, kStored));
  EXPECT_FALSE(NotModified(One("If-None-Match", "\"abd\""), kTag, kStored));
  EXPECT_FALSE(NotModified(One("If-None-Match", "abc"), kTag, kStored));
  EXPECT_FALSE(NotModified({}, kTag, kStored));
}

TEST(Conditions, Dates) {
  EXPECT_TRUE(NotModified(One("If-Modified-Since", kDate), kTag, kStored));
  EXPECT_TRUE(NotModified(One("If-Modified-Since", HttpDate(kStored + 1'000'000)), kTag, kStored));
  EXPECT_FALSE(NotModified(One("If-Modified-Since", HttpDate(kStored - 1'000'000)), kTag, kStored));
  EXPECT_FALSE(NotModified(One("If-Modified-Since", "nonsense"), kTag, kStored));
  http::Headers both = One("If-Modified-Since", kDate);
  both.Add("If-None-Match", "\"other\"");
  EXPECT_FALSE(NotModified(both, kTag, kStored)) << "the tag outweighs the date";
}

TEST(Conditions, IfRange) {
  EXPECT_TRUE(IfRangeHolds({}, kTag, kStored));
  EXPECT_TRUE(IfRangeHolds(One("If-Range", "\"abc\""), kTag, kStored));
  EXPECT_FALSE(IfRangeHolds(One("If-Range", "\"abd\""), kTag, kStored));
  EXPECT_FALSE(IfRangeHolds(One("If-Range", "W/\"abc\""), kTag, kStored));
  EXPECT_TRUE(IfRangeHolds(One("If-Range", kDate), kTag, kStored));
  EXPECT_FALSE(IfRangeHolds(One("If-Range", HttpDate(kStored - 1'000'000)), kTag, kStored));
}

}  // namespace
}  // namespace furrow::files
