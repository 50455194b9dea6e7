// SPDX-License-Identifier: Apache-2.0
#include "service/events/line_reader.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "api/error.h"
#include "service/events/unescape.h"

namespace furrow::service::events {
namespace {

std::string Unescaped(std::string_view text) {
  std::string out(text.size(), '?');
  char* const end = UnescapeJson(text.data(), text.data() + text.size(), out.data());
  if (!end) return "malformed";
  out.resize(static_cast<size_t>(end - out.data()));
  return out;
}

TEST(Unescape, TakesEveryEscapeOfJson) {
  EXPECT_EQ(Unescaped(R"(a\"b\\c\/d\b\f\n\r\te)"), "a\"b\\c/d\b\f\n\r\te");
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20ac\ud83c\udf31)"), "A\u00e9\u20ac\U0001F331");
  EXPECT_EQ(Unescaped(R"(\u0000)"), std::string(1, '\0'));
}

TEST(Unescape, HalfASurrogatePairIsReplaced) {
  EXPECT_EQ(Unescaped(R"(\udc80)"), "\uFFFD");
  EXPECT_EQ(Unescaped(R"(\ud800x)"), "\uFFFDx");
  EXPECT_EQ(Unescaped(R"(\ud800\u0041)"), "\uFFFDA");
}

TEST(Unescape, RefusesWhatIsNoEscape) {
  for (const char* bad : {"\\", R"(\x41)", R"(\u12)", R"(\u12g4)", R"(\N)"}) {
    EXPECT_EQ(Unescaped(bad), "malformed") << bad;
    const std::string_view text = bad;
    EXPECT_EQ(CheckEscapes(text.data(), text.data() + text.size()), Escapes::kMalformed) << bad;
  }
}

TEST(Unescape, SaysWhatMayBeCopied) {
  const auto check = [](std::string_view t) { return CheckEscapes(t.data(), t.data() + t.size()); };
  EXPECT_EQ(check(R"({\"data\": [\u00e9]} \\ud800)"), Escapes::kSound);
  EXPECT_EQ(check(R"(\ud83c\udf31)"), Escapes::kSurrogate);
}

class Reader {
 public:
  explicit Reader(std::string_view body) : reader_(body) {}
  /// The next line; fails the test when there is none.
  Line Next() {
    Line line;
    const auto more = reader_.Next(line);
    EXPECT_TRUE(more.ok()) << more.status().ToString();
    EXPECT_TRUE(more.ok() && *more);
    return line;
  }
  bool AtEnd() {
    Line line;
    const auto more = reader_.Next(line);
    EXPECT_TRUE(more.ok()) << more.status().ToString();
    return more.ok() && !*more;
  }
  int Subcode() {
    Line line;
    const auto more = reader_.Next(line);
    return more.ok() ? 0 : api::ToWire(more.status()).subcode;
  }

 private:
  LineReader reader_;
};

TEST(LineReader, ReadsWhatTheSdkSends) {
  Reader reader(
      R"({"task": "t1", "timestamp": 1636921296370, "metric": "loss", "variant": "train", )"
      R"("iter": 12, "value": 0.25, "type": "training_stats_scalar", "method": "get", )"
      R"("model_event": false, "x": {"y": [1, {"z": 2}]}})"
      "\n\n  \r\n"
      R"({"type":"log","task":"t2","msg":"a\nb\u00e9","level":"info","worker":"w","ts":5})");
  const Line scalar = reader.Next();
  EXPECT_EQ(scalar.type, EventType::kScalar);
  EXPECT_EQ(scalar.task, "t1");
  EXPECT_EQ(scalar.metric, "loss");
  EXPECT_EQ(scalar.variant, "train");
  EXPECT_EQ(scalar.iter, 12);
  EXPECT_EQ(scalar.value, 0.25);
  EXPECT_EQ(scalar.time_ms, 1636921296370);
  EXPECT_FALSE(scalar.model_event);
  EXPECT_EQ(scalar.problem, nullptr);
  const Line log = reader.Next();
  EXPECT_EQ(log.type, EventType::kLog);
  EXPECT_EQ(log.msg, "a\nb\u00e9");
  EXPECT_EQ(log.level, "info");
  EXPECT_EQ(log.worker, "w");
  EXPECT_EQ(log.time_ms, 5);
  EXPECT_TRUE(reader.AtEnd());
}

TEST(LineReader, SpacesInATypeStandForUnderscores) {
  Reader reader("{\"type\":\"training stats vector\"}\n{\"type\":\"plots\"}\n{}");
  EXPECT_EQ(reader.Next().type, EventType::kVector);
  EXPECT_EQ(reader.Next().type, std::nullopt);
  EXPECT_EQ(reader.Next().type, std::nullopt);
}

TEST(LineReader, TakesBareNanAndInfinity) {
  Reader reader("{\"value\": NaN}\n{\"value\": -Infinity, \"iter\": 3}\n{\"values\": [1, NaN]}");
  EXPECT_TRUE(std::isnan(*reader.Next().value));
  const Line line = reader.Next();
  EXPECT_EQ(line.value, -HUGE_VAL);
  EXPECT_EQ(line.iter, 3);
  EXPECT_EQ(reader.Next().values_json, "[1,NaN]");
}

TEST(LineReader, TakesNumbersInOtherShapes) {
  Reader reader(R"({"iter": 5.0, "value": "0.5", "timestamp": 1700000000000.7})"
                "\n"
                R"({"iter": -9223372036854775808, "value": 3, "metric": 7, "timestamp": "12"})");
  const Line a = reader.Next();
  EXPECT_EQ(a.iter, 5);
  EXPECT_EQ(a.value, 0.5);
  EXPECT_EQ(a.time_ms, 1700000000000);
  const Line b = reader.Next();
  EXPECT_EQ(b.iter, INT64_MIN);
  EXPECT_EQ(b.value, 3);
  EXPECT_EQ(b.metric, "7");
  EXPECT_EQ(b.time_ms, 12);
}

TEST(LineReader, SaysWhatIsWrongWithAnEvent) {
  for (const char* bad :
       {R"({"iter": "x"})", R"({"iter": 1e30})", R"({"iter": 9223372036854775808})",
        R"({"value": {}})", R"({"value": "high"})", R"({"timestamp": []})", R"({"metric": ["a"]})",
        R"({"plot_str": {"data": []}})"}) {
    Reader reader(bad);
    EXPECT_NE(reader.Next().problem, nullptr) << bad;
  }
}

TEST(LineReader, NullsAreAbsent) {
  Reader reader(
      R"({"iter": null, "value": null, "metric": null, "timestamp": null, "type": null})");
  const Line line = reader.Next();
  EXPECT_FALSE(line.iter || line.value || line.time_ms || line.type);
  EXPECT_EQ(line.metric, "");
  EXPECT_EQ(line.problem, nullptr);
}

TEST(LineReader, OfEqualKeysTheLastCounts) {
  Reader reader(R"({"iter": 1, "iter": 2, "metric": "a", "metric": "b"})");
  const Line line = reader.Next();
  EXPECT_EQ(line.iter, 2);
  EXPECT_EQ(line.metric, "b");
}

TEST(LineReader, KeysMayBeEscaped) {
  Reader reader(R"({"\u006detric": "loss"})");
  EXPECT_EQ(reader.Next().metric, "loss");
}

TEST(LineReader, KeepsAPlotAsItIs) {
  const std::string big(600'000, 'x');
  Reader reader(
      "{\"plot_str\": \"{\\\"a\\\": \\\"\\u00e9\\\"}\"  }\n{\"plot_str\": \"\\ud800!\"}\n"
      "{\"plot_str\": \"" +
      big + "\", \"iter\": 4}\n{\"plot_str\": \"\\q\"}");
  EXPECT_EQ(reader.Next().plot_json, R"("{\"a\": \"\u00e9\"}")");
  EXPECT_EQ(reader.Next().plot_json, "\"\uFFFD!\"");
  const Line line = reader.Next();
  EXPECT_EQ(line.plot_json.size(), big.size() + 2);
  EXPECT_EQ(line.iter, 4);
  EXPECT_EQ(reader.Subcode(), 18);
}

TEST(LineReader, RefusesALineThatIsNoJsonObject) {
  for (const char* bad : {"{", "[]", "1", "\"a\"", "{\"a\":1} x", "{\"a\":1}{}", "{\"iter\":1,}",
                          "{\"msg\":\"\x01\"}", "{\"msg\":\"\xff\"}", "{\"iter\":01}", "nul",
                          "{\"msg\":\"\\x\"}", "{\"metric\":\"a\" \"iter\":1}"}) {
    Reader reader(bad);
    EXPECT_EQ(reader.Subcode(), 18) << bad;
  }
}

TEST(LineReader, AnEmptyBodyHasNoLine) {
  for (const char* body : {"", "\n", " \r\n\t\n"}) {
    Reader reader(body);
    EXPECT_TRUE(reader.AtEnd());
  }
}

}  // namespace
}  // namespace furrow::service::events
