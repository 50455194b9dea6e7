// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstdlib>

#include <gtest/gtest.h>

#include "json/text.h"

namespace furrow::json {
namespace {

std::string Again(std::string_view text) {
  auto v = Parse(text);
  return v.ok() ? Write(*v) : v.status().ToString();
}

TEST(Json, RoundTripsWhatPythonWrites) {
  for (const char* text :
       {"null", "true", "[]", "{}", "-9223372036854775808", "18446744073709551615", "0.1", "1.0",
        "1e+300", "\"say \\\"yes\\\"\"", "\"\\u0001\\n\\\\ \xc3\xa9\"", "[1,2.5,{\"a\":[null]}]",
        "NaN", "[Infinity,-Infinity]"}) {
    EXPECT_EQ(Again(text), text);
  }
  EXPECT_EQ(Again("\"\\ud83d\\ude00\""), "\"\xf0\x9f\x98\x80\"");
  EXPECT_EQ(Write(*Parse("[NaN,Infinity]"), NonFinite::kNull), "[null,null]");
}

TEST(Json, NumbersAreReadToTheLastBit) {
  for (const char* exact : {"1.7976931348623157e+308", "-1.7976931348623157e+308",
                            "2.2250738585072014e-308", "5e-324", "4.9406564584124654e-324",
                            "9007199254740993.0", "0.30000000000000004", "123456789012345680.0",
                            "8.5e-17", "1e+23", "9.5367431640625e-07", "3.4028234663852886e+38"}) {
    const auto value = Parse(exact);
    ASSERT_TRUE(value.ok()) << exact;
    EXPECT_EQ(value->AsDouble(), std::strtod(exact, nullptr)) << exact;
  }
  for (const char* zero : {"0e99", "0.0e99", "0e-99", "-0e30", "0e307", "0.0", "-0.0", "0e0",
                           "0.000000000000000000000000000000000000000000000000000000000000"}) {
    const auto value = Parse("[1," + std::string(zero) + " ,2]");
    ASSERT_TRUE(value.ok()) << zero;
    EXPECT_EQ(value->array()[1].AsDouble(7), 0.0) << zero;
  }
  EXPECT_EQ(Again("[1e-400,-1E-999]"), "[0.0,-0.0]");
  EXPECT_EQ(Again("18446744073709551616"), "18446744073709551616.0");
  EXPECT_EQ(Again("\xef\xbb\xbf[0.1]"), "[0.1]");
}

TEST(Json, LastOfEqualKeysWins) { EXPECT_EQ(Again(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})"); }

TEST(Json, LastOfEqualKeysWinsAmongMany) {
  std::string text = "{";
  for (int i = 0; i < 1000; ++i)
    text += "\"k" + std::to_string(i % 300) + "\":" + std::to_string(i) + ",";
  text.back() = '}';
  const auto value = Parse(text);
  ASSERT_TRUE(value.ok());
  ASSERT_EQ(value->object().size(), 300u);
  int at = 0;
  for (const Member& m : value->object()) {
    EXPECT_EQ(m.key, "k" + std::to_string(at)) << "in the place of the first";
    EXPECT_EQ(m.value.AsInt(), at < 100 ? 900 + at : 600 + at) << m.key;
    ++at;
  }
}

TEST(Json, RefusesBadText) {
  for (const char* bad :
       {"", "{", "[1,]", "{\"a\":1}x", "\"\\ud800\"", "\"\\ude00\"", "{\"\\udfff\":1}", "\"\xff\"",
        "\"\xed\xa0\x80\"", "01", "nul", "1e999", "{\"a\" 1}", "'a'"}) {
    EXPECT_FALSE(Parse(bad).ok()) << bad;
  }
}

TEST(Json, BoundsDepthAndSize) {
  EXPECT_TRUE(Parse(std::string(64, '[') + std::string(64, ']')).ok());
  EXPECT_FALSE(Parse(std::string(65, '[') + std::string(65, ']')).ok());
  EXPECT_FALSE(Parse(std::string(100000, '[')).ok());
  EXPECT_FALSE(Parse("[1,2,3]", {.depth_max = 4, .values_max = 3}).ok());
  const ParseLimits two{.depth_max = 4, .values_max = 9, .members_max = 2};
  EXPECT_TRUE(Parse(R"([{"a":1,"b":2},{"c":3,"d":4}])", two).ok());
  EXPECT_FALSE(Parse(R"({"a":1,"b":2,"c":3})", two).ok());
  EXPECT_FALSE(Parse(R"({"a":1,"a":2,"a":3})", two).ok()) << "equal ones cost the same";
}

TEST(Json, PathsMakeFindAndErase) {
  Value v;
  v.MakePath("a.b.c") = 7;
  EXPECT_EQ(v.FindPath("a.b.c")->AsInt(), 7);
  EXPECT_EQ(v.FindPath("a.x.c"), nullptr);
  EXPECT_TRUE(v.ErasePath("a.b.c"));
  EXPECT_FALSE(v.ErasePath("a.b.c"));
  EXPECT_EQ(Write(v), R"({"a":{"b":{}}})");
}

TEST(Json, EqualityIgnoresOrderAndNumberKind) {
  EXPECT_EQ(*Parse(R"({"a":1,"b":[2]})"), *Parse(R"({"b":[2.0],"a":1.0})"));
  EXPECT_NE(*Parse(R"({"a":1})"), *Parse(R"({"a":"1"})"));
}

TEST(Value, PutReplacesInPlaceAndAppendsTheRest) {
  for (const size_t count : {3u, 100u}) {
    Object object, other;
    for (size_t i = 0; i < count; ++i) object.Append("k" + std::to_string(i), i);
    for (size_t i = count / 2; i < 2 * count; ++i) other.Append("k" + std::to_string(i), "new");
    object.Put(std::move(other));
    ASSERT_EQ(object.size(), 2 * count);
    size_t at = 0;
    for (const Member& m : object) {
      EXPECT_EQ(m.key, "k" + std::to_string(at));
      EXPECT_EQ(m.value, at < count / 2 ? Value(at) : Value("new"));
      ++at;
    }
  }
}

TEST(Value, EraseTakesSeveralKeysAtOnce) {
  Object object{{"a", 1}, {"b", 2}, {"c", 3}};
  object.Erase({"a", "c", "x"});
  EXPECT_EQ(Value(object), Value(Object{{"b", 2}}));
}

}  // namespace
}  // namespace furrow::json
