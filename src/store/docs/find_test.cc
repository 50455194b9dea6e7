// SPDX-License-Identifier: Apache-2.0
// What each predicate and order means, once over columns and once over documents looked up by id.
#include <algorithm>

#include <gtest/gtest.h>

#include "store/docs/order.h"
#include "store/docs/regex.h"
#include "store/docs/rows.h"
#include "store/docs/test_store.h"

namespace furrow::docs {
namespace {

using Kind = Predicate::Kind;

Predicate Make(Kind kind, std::string path) {
  Predicate p;
  p.kind = kind;
  p.path = std::move(path);
  return p;
}
Predicate Empty(std::string path) { return Make(Kind::kEmpty, std::move(path)); }
Predicate HasAll(std::string path, json::Array values) {
  Predicate p = Make(Kind::kHasAll, std::move(path));
  p.values = std::move(values);
  return p;
}
Predicate Range(std::string path, std::optional<double> low, std::optional<double> high) {
  Predicate p = Make(Kind::kRange, std::move(path));
  p.low = low;
  p.high = high;
  return p;
}
Predicate Match(std::string path, std::string pattern, bool ignore_case = false) {
  Predicate p = Make(Kind::kRegex, std::move(path));
  p.pattern = std::move(pattern);
  p.ignore_case = ignore_case;
  return p;
}
Predicate Text(std::vector<std::string> paths, std::string pattern) {
  Predicate p = Make(Kind::kText, "");
  p.paths = std::move(paths);
  p.pattern = std::move(pattern);
  return p;
}

class FindTest : public StoreTest {
 protected:
  // The same answer from columns and, by naming every id, from documents.
  Ids Both(const Plan& plan) {
    const Ids columns = Find(plan);
    Plan by_id = plan;
    std::vector<json::Value> ids;
    EXPECT_TRUE(store_
                    ->ForEach(kTasks,
                              [&](std::string_view id, const json::Value&) {
                                ids.emplace_back(id);
                                return true;
                              })
                    .ok());
    by_id.where = Predicate::And({plan.where, Predicate::In("id", ids)});
    EXPECT_EQ(Find(by_id), columns);
    return columns;
  }
  Ids Where(Predicate where) { return Both({.where = std::move(where)}); }
  Ids Ordered(std::vector<OrderBy> order) { return Both({.order = std::move(order)}); }
};

TEST_F(FindTest, InComparesAsJsonDoes) {
  Put("int", R"({"v":1})");
  Put("double", R"({"v":1.0})");
  Put("half", R"({"v":1.5})");
  Put("text", R"({"v":"1"})");
  Put("true", R"({"v":true})");
  Put("null", R"({"v":null})");
  Put("none", R"({})");
  Put("list", R"({"v":[1,"x",null]})");
  Put("object", R"({"v":{"w":1}})");
  Put("lists", R"({"v":[[1]]})");
  EXPECT_EQ(Where(Predicate::Equals("v", 1)), (Ids{"double", "int", "list"}));
  EXPECT_EQ(Where(Predicate::Equals("v", 1.0)), (Ids{"double", "int", "list"}));
  EXPECT_EQ(Where(Predicate::Equals("v", "1")), Ids{"text"});
  EXPECT_EQ(Where(Predicate::Equals("v", true)), Ids{"true"});
  EXPECT_EQ(Where(Predicate::Equals("v", nullptr)), (Ids{"list", "none", "null"}));
  EXPECT_EQ(Where(Predicate::In("v", {1.5, "x"})), (Ids{"half", "list"}));
  EXPECT_EQ(Where(Predicate::In("v", {})), Ids{});
  EXPECT_EQ(Where(Predicate::Equals("v.w", 1)), Ids{"object"});
  EXPECT_EQ(Where(Predicate::Not(Predicate::Equals("v", 1))).size(), 7u);
}

TEST_F(FindTest, EmptyIsMissingNullEmptyTextOrList) {
  Put("none", "{}");
  Put("null", R"({"v":null})");
  Put("text", R"({"v":""})");
  Put("list", R"({"v":[]})");
  Put("nulls", R"({"v":[null]})");
  Put("zero", R"({"v":0})");
  Put("false", R"({"v":false})");
  Put("object", R"({"v":{}})");
  EXPECT_EQ(Where(Empty("v")), (Ids{"list", "none", "null", "text"}));
}

TEST_F(FindTest, HasAllWantsEveryValue) {
  Put("ab", R"({"t":["a","b"]})");
  Put("abc", R"({"t":["a","b","c"]})");
  Put("a", R"({"t":"a"})");
  Put("none", "{}");
  EXPECT_EQ(Where(HasAll("t", {"a", "b"})), (Ids{"ab", "abc"}));
  EXPECT_EQ(Where(HasAll("t", {"a"})), (Ids{"a", "ab", "abc"}));
  EXPECT_EQ(Where(Predicate::Not(HasAll("t", {"a", "b"}))), (Ids{"a", "none"}));
}

TEST_F(FindTest, PathsGoThroughLists) {
  Put("x", R"({"m":{"in":[{"model":"1","k":["p","q"]},{"model":"2"},7]}})");
  Put("y", R"({"m":{"in":[]}})");
  Put("z", R"({"m":{}})");
  EXPECT_EQ(Where(Predicate::Equals("m.in.model", "2")), Ids{"x"});
  EXPECT_EQ(Where(Predicate::Equals("m.in.k", "q")), Ids{"x"});
  EXPECT_EQ(Where(Predicate::Equals("m.in.0.model", "1")), Ids{"x"});
  EXPECT_EQ(Where(Predicate::Equals("m.in.1.model", "1")), Ids{});
  EXPECT_EQ(Where(Empty("m.in.model")), (Ids{"y", "z"}));
}

TEST_F(FindTest, RangesOfNumbers) {
  Put("0", R"({"v":0})");
  Put("1", R"({"v":1})");
  Put("2", R"({"v":2.5})");
  Put("none", "{}");
  Put("text", R"({"v":"1"})");
  Put("nan", R"({"v":NaN})");
  Put("list", R"({"v":[-5,2]})");
  EXPECT_EQ(Where(Range("v", 1, 2.5)), (Ids{"1", "2", "list"}));
  EXPECT_EQ(Where(Range("v", {}, 1)), (Ids{"0", "1", "list"}));
  Predicate open = Range("v", 1, 2.5);
  open.low_open = open.high_open = true;
  EXPECT_EQ(Where(open), Ids{"list"});
  Predicate missing = Range("v", {}, 0);
  missing.missing_matches = true;
  EXPECT_EQ(Where(missing), (Ids{"0", "list", "none"}));
}

TEST_F(FindTest, RangesOfTimesReadAnySpelling) {
  Put("fixed", R"({"at":"2026-11-23T20:31:43.123456+00:00"})");
  Put("zulu", R"({"at":"2026-11-23T20:31:43.123456Z"})");
  Put("offset", R"({"at":"2026-11-23 22:31:43.123456+02:00"})");
  Put("later", R"({"at":"2026-11-23T20:31:43.123457+00:00"})");
  Put("word", R"({"at":"yesterday"})");
  Put("none", "{}");
  const auto at = static_cast<double>(*ParseTime("2026-11-23T20:31:43.123456Z"));
  Predicate p = Range("at", at, at);
  p.is_time = true;
  EXPECT_EQ(Where(p), (Ids{"fixed", "offset", "zulu"}));
  p.high.reset();
  p.low_open = true;
  EXPECT_EQ(Where(p), Ids{"later"});
  EXPECT_EQ(Where(Predicate::Equals("at", "2026-11-23T20:31:43.123456+00:00")), Ids{"fixed"});
  EXPECT_EQ(Where(Match("at", "^2026-11-23T")), (Ids{"fixed", "later", "zulu"}));
}

TEST_F(FindTest, RegexesAreUnanchoredAndCaseSensitiveUnlessAsked) {
  Put("1", R"({"name":"Lab/data/.datasets/ds1"})");
  Put("2", R"({"name":"lab/other"})");
  Put("3", R"({"name":["x","Lab"]})");
  Put("4", R"({"name":7})");
  Put("5", "{}");
  EXPECT_EQ(Where(Match("name", "Lab")), (Ids{"1", "3"}));
  EXPECT_EQ(Where(Match("name", "LAB", true)), (Ids{"1", "2", "3"}));
  EXPECT_EQ(Where(Match("name", "^Lab/data/\\.datasets/ds1$")), Ids{"1"});
  EXPECT_EQ(Where(Match("name", "^Lab$")), Ids{"3"});
  EXPECT_EQ(Where(Match("name", ".*")), (Ids{"1", "2", "3"}));
  EXPECT_EQ(Where(Predicate::Not(Match("name", "b/"))), (Ids{"3", "4", "5"}));
  Predicate either = Match("", "other|7");
  either.paths = {"id", "name"};
  EXPECT_EQ(Where(either), Ids{"2"});
  either.pattern = "^5|other";
  EXPECT_EQ(Where(either), (Ids{"2", "5"}));
}

TEST_F(FindTest, ABadRegexIsTheCallersError) {
  Put("1", R"({"name":"x"})");
  for (const char* pattern : {"(", "a{2,1}", "(?=x)", "(a)\\1", "[z-a]"}) {
    const Status s = store_->FindIds(kTasks, {.where = Match("name", pattern)}).status();
    EXPECT_EQ(s.code(), Code::kInvalidArgument) << pattern;
    EXPECT_EQ(s.wire(), 4000021u) << pattern;
  }
}

TEST(Regex, TakesWhatPythonWrites) {
  const auto holds = [](std::string_view pattern, std::string_view text) {
    const auto regex = Regex::Compile(pattern, false);
    EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status().message();
    return regex.ok() && regex->Search(text);
  };
  EXPECT_TRUE(holds("^a\\-b\\ c\\#d$", "a-b c#d"));
  EXPECT_FALSE(holds("^a\\-b\\ c\\#d$", "a-b c#d "));
  EXPECT_TRUE(holds("^pipe(| #\\d+)$", "pipe #12"));
  EXPECT_TRUE(holds("^pipe(| \\#\\d+)$", "pipe"));
  EXPECT_TRUE(holds("^weeds$|^weeds\\/x$", "weeds/x"));
  EXPECT_TRUE(holds("end\\Z", "the end"));
  EXPECT_FALSE(holds("end\\Z", "end."));
  EXPECT_TRUE(holds("^\\u00e9t\\é$", "été"));
  EXPECT_TRUE(holds("^[]x]+$", "]x"));
  EXPECT_TRUE(holds("^[^]]$", "x"));
  EXPECT_TRUE(holds("(?i)LAB", "lab"));
  EXPECT_TRUE(holds("(?P<n>a)b", "ab"));
  EXPECT_TRUE(holds("[\\w\\-]+\\.pt", "a-b.pt"));
}

TEST(Regex, KnowsTheOneTextThatMatches) {
  const auto exact = [](std::string_view pattern) {
    const auto regex = Regex::Compile(pattern, false);
    return regex->exact() ? *regex->exact() : "-";
  };
  EXPECT_EQ(exact("^a\\-b\\.c$"), "a-b.c");
  EXPECT_EQ(exact("^plain$"), "plain");
  EXPECT_EQ(exact("^a.c$"), "-");
  EXPECT_EQ(exact("^a\\d$"), "-");
  EXPECT_EQ(exact("^a"), "-");
  EXPECT_EQ(exact("^a|b$"), "-");
  EXPECT_EQ(exact("^a\\$"), "-");
}

TEST_F(FindTest, TextsTooLongForAColumnAreStillFound) {
  const std::string long_a = std::string(2000, 'a') + " needle", long_b = std::string(2000, 'b');
  Put("a", R"({"c":")" + long_a + R"(","l":["x"]})");
  Put("b", R"({"c":")" + long_b + R"(","l":["x",")" + long_b + R"("]})");
  Put("s", R"({"c":"needle","l":[]})");
  Put("n", "{}");
  EXPECT_EQ(Where(Match("c", "needle")), (Ids{"a", "s"}));
  EXPECT_EQ(Where(Predicate::Not(Match("c", "needle"))), (Ids{"b", "n"}));
  EXPECT_EQ(Where(Predicate::Equals("c", long_b)), Ids{"b"});
  EXPECT_EQ(Where(Predicate::Equals("c", "needle")), Ids{"s"});
  EXPECT_EQ(Where(Empty("c")), Ids{"n"});
  EXPECT_EQ(Where(HasAll("c", {long_b})), Ids{"b"});
  EXPECT_EQ(Where(Predicate::Equals("l", "x")), (Ids{"a", "b"}));
  EXPECT_EQ(Where(HasAll("l", {"x", long_b})), Ids{"b"});
  EXPECT_EQ(Where(Empty("l")), (Ids{"n", "s"}));
  EXPECT_EQ(Where(Predicate::Or({Match("c", "needle"), Predicate::Equals("l", "x")})),
            (Ids{"a", "b", "s"}));
  EXPECT_EQ(Where(Predicate::And({Predicate::Not(Match("c", "b$")), Predicate::Equals("l", "x")})),
            Ids{"a"});
  EXPECT_EQ(Ordered({{.path = "c"}}), (Ids{"a", "b", "s", "n"}));
  EXPECT_EQ(store_->Distinct(kTasks, "l", Predicate())->size(), 2u);
}

TEST_F(FindTest, WordSearch) {
  Put("1", R"({"name":"Train the Model","comment":"about weeds"})");
  Put("2", R"({"name":"trainer","comment":"the model of weeds"})");
  Put("3", R"({"name":"constrain","comment":"","models":[{"name":"Weeds v2"}]})");
  const std::vector<std::string> paths{"id", "name", "comment", "models.name"};
  EXPECT_EQ(Where(Text(paths, "train")), (Ids{"1", "2"}));
  EXPECT_EQ(Where(Text(paths, "WEEDS")), (Ids{"1", "2", "3"}));
  EXPECT_EQ(Where(Text(paths, "train weeds")), (Ids{"1", "2"}));
  EXPECT_EQ(Where(Text(paths, "\"the model\"")), (Ids{"1", "2"}));
  EXPECT_EQ(Where(Text(paths, "\"model the\"")), Ids{});
  EXPECT_EQ(Where(Text(paths, "v2")), Ids{"3"});
  EXPECT_EQ(Where(Text(paths, "3")), Ids{"3"});
  EXPECT_EQ(Where(Text(paths, "  ")), (Ids{"1", "2", "3"}));
  EXPECT_EQ(Where(Text(paths, "c++ (")), Ids{});
  std::string many;
  for (int i = 0; i < 33; ++i) many += "w ";
  EXPECT_EQ(store_->FindIds(kTasks, {.where = Text(paths, many)}).status().code(),
            Code::kInvalidArgument);
}

TEST_F(FindTest, TheBestMatchOfAWordSearchComesFirst) {
  Put("a", R"({"name":"x","comment":"weed"})");
  Put("b", R"({"name":"weed","comment":"x"})");
  Put("c", R"({"name":"weeding","comment":"x"})");
  Put("d", R"({"name":"x","comment":")" + std::string(1000, 'y') + R"( weed"})");
  Predicate p = Text({"name", "comment"}, "weed");
  p.weights = {10, 5};
  EXPECT_EQ(Both({.where = p, .order = {{.descending = true, .text_score = true}}}),
            (Ids{"b", "c", "a", "d"}));
  EXPECT_EQ(Both({.where = p,
                  .order = {{.descending = true, .text_score = true}},
                  .offset = 1,
                  .limit = 2}),
            (Ids{"c", "a"}));
}

TEST_F(FindTest, OrderIsByTypeThenValueWithTheMissingLast) {
  Put("null", R"({"v":null})");
  Put("none", "{}");
  Put("nan", R"({"v":NaN})");
  Put("empty", R"({"v":[]})");
  Put("two", R"({"v":2})");
  Put("one", R"({"v":1.5})");
  Put("abc", R"({"v":"abc"})");
  Put("abd", R"({"v":"abd"})");
  Put("time", R"({"v":"2026-11-23T20:31:43.123456+00:00"})");
  Put("yes", R"({"v":true})");
  const Ids last{"empty", "nan", "none", "null"};
  Ids up{"one", "two", "time", "abc", "abd", "yes"}, down(up.rbegin(), up.rend());
  up.insert(up.end(), last.begin(), last.end());
  down.insert(down.end(), last.begin(), last.end());
  EXPECT_EQ(Ordered({{.path = "v"}}), up);
  EXPECT_EQ(Ordered({{.path = "v", .descending = true}}), down);
}

TEST_F(FindTest, OrderByListsByTheirLeastOrGreatest) {
  Put("a", R"({"v":[3,9]})");
  Put("b", R"({"v":[1,4]})");
  Put("c", R"({"v":5})");
  EXPECT_EQ(Ordered({{.path = "v"}}), (Ids{"b", "a", "c"}));
  EXPECT_EQ(Ordered({{.path = "v", .descending = true}}), (Ids{"a", "c", "b"}));
}

TEST_F(FindTest, OrderBySeveralFieldsAndThenTheId) {
  Put("d", R"({"v":1,"w":"x"})");
  Put("c", R"({"v":1,"w":"x"})");
  Put("b", R"({"v":1,"w":"y"})");
  Put("a", R"({"v":2,"w":"x"})");
  EXPECT_EQ(Ordered({{.path = "v"}, {.path = "w", .descending = true}}), (Ids{"b", "c", "d", "a"}));
  EXPECT_EQ(Ordered({}), (Ids{"a", "b", "c", "d"}));
  EXPECT_EQ(Ordered({{.path = "id", .descending = true}}), (Ids{"d", "c", "b", "a"}));
  EXPECT_EQ(Both({.order = {{.path = "v"}}, .offset = 1, .limit = 2}), (Ids{"c", "d"}));
}

TEST_F(FindTest, NumericTextsSortAsNumbers) {
  Put("a", R"({"v":"10"})");
  Put("b", R"({"v":"9"})");
  Put("c", R"({"v":"1e-3"})");
  Put("d", R"({"v":"-2.5"})");
  Put("e", R"({"v":"step 10"})");
  Put("f", R"({"v":"step 9"})");
  Put("g", R"({"v":3})");
  Put("h", "{}");
  EXPECT_EQ(Ordered({{.path = "v", .numeric_text = true}}),
            (Ids{"d", "c", "g", "b", "a", "f", "e", "h"}));
  EXPECT_EQ(Ordered({{.path = "v", .descending = true, .numeric_text = true}}),
            (Ids{"e", "f", "a", "b", "g", "c", "d", "h"}));
  EXPECT_EQ(Ordered({{.path = "v"}}), (Ids{"g", "d", "a", "c", "b", "e", "f", "h"}));
}

TEST_F(FindTest, IdsOfAnyKind) {
  const std::string hex = "0123456789abcdef0123456789abcdef";
  const std::string upper = "0123456789ABCDEF0123456789ABCDEF";
  Put(hex, R"({"n":1})");
  Put(upper, R"({"n":1})");
  Put("__user__", R"({"n":1})");
  EXPECT_EQ(Where(Predicate::Equals("id", hex)), Ids{hex});
  EXPECT_EQ(Where(Predicate::In("id", {"__user__", upper, "absent"})), (Ids{upper, "__user__"}));
  EXPECT_EQ(Where(Match("id", "^0123")), (Ids{upper, hex}));
  EXPECT_EQ(Where(Predicate::Equals("n", 1)), (Ids{upper, hex, "__user__"}));
  EXPECT_EQ(Where(Predicate::And({Predicate::Equals("n", 2), Predicate::Equals("id", hex)})),
            Ids{});
  EXPECT_EQ(Where(Predicate::Not(Predicate::Equals("id", hex))), (Ids{upper, "__user__"}));
  EXPECT_EQ(*store_->Distinct(kTasks, "id", Predicate::Equals("id", hex)),
            std::vector<json::Value>{hex});
}

TEST_F(FindTest, ShortIdsAreAnOrderToo) {
  Ids rising;
  for (int i = 10; i < 60; ++i) {
    rising.push_back("T" + std::to_string(i));
    Put(rising.back(), R"({"n":1})");
  }
  EXPECT_EQ(Ordered({{.path = "id"}}), rising);
  EXPECT_EQ(Ordered({{.path = "id", .descending = true}}), Ids(rising.rbegin(), rising.rend()));
}

TEST_F(FindTest, DistinctGivesEachValueOnceInOrder) {
  Put("a", R"({"t":["x","y"],"n":2})");
  Put("b", R"({"t":["y","z"],"n":1.0})");
  Put("c", R"({"t":"x","n":1})");
  Put("d", R"({"t":null,"n":"2026-11-23T20:31:43.123456+00:00"})");
  EXPECT_EQ(*store_->Distinct(kTasks, "t", Predicate()), (std::vector<json::Value>{"x", "y", "z"}));
  EXPECT_EQ(*store_->Distinct(kTasks, "t", Predicate::Equals("n", 2)),
            (std::vector<json::Value>{"x", "y"}));
  EXPECT_EQ(store_->Distinct(kTasks, "n", Predicate())->size(), 4u);
  EXPECT_TRUE(store_->Distinct(kTasks, "absent", Predicate())->empty());
}

TEST_F(FindTest, ManyIdsAtOnceUseTheRows) {
  std::vector<json::Value> ids;
  ASSERT_TRUE(store_
                  ->Transact([&](Transaction& t) -> Status {
                    for (int i = 0; i < 3000; ++i) {
                      ids.emplace_back("id" + std::to_string(i));
                      FURROW_TRY(t.Put(kTasks, ids.back().AsString(),
                                       J(R"({"even":)" + std::to_string(i % 2) + "}")));
                    }
                    return {};
                  })
                  .ok());
  EXPECT_EQ(Find({.where = Predicate::In("id", ids)}).size(), 3000u);
  EXPECT_EQ(
      Find({.where = Predicate::And({Predicate::In("id", ids), Predicate::Equals("even", 0)})})
          .size(),
      1500u);
}

TEST(RowIndex, RowsAreUsedAgain) {
  RowIndex rows;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(i % 3 ? NewId() : "odd" + std::to_string(i));
  for (int round = 0; round < 5; ++round) {
    for (const std::string& id : ids) {
      const Row row = rows.Add(id);
      EXPECT_EQ(rows.Add(id), row);
      EXPECT_EQ(rows.Find(id), row);
      EXPECT_EQ(rows.Id(row), id);
    }
    EXPECT_EQ(rows.size(), 1000u);
    EXPECT_EQ(rows.capacity(), 1000u);
    EXPECT_EQ(rows.live().Count(), 1000u);
    for (const std::string& id : ids) {
      EXPECT_NE(rows.Remove(id), kNoRow);
      EXPECT_EQ(rows.Remove(id), kNoRow);
      EXPECT_EQ(rows.Find(id), kNoRow);
    }
    EXPECT_FALSE(rows.live().Any());
  }
}

TEST(Order, KeysAgreeWithComparisons) {
  const std::vector<json::Value> values{-1e300,
                                        -5,
                                        -0.0,
                                        0,
                                        5,
                                        5.5,
                                        int64_t{1} << 53,
                                        (int64_t{1} << 53) + 1,
                                        9007199254740992.0,
                                        INT64_MAX,
                                        1e300,
                                        "",
                                        "0",
                                        "00",
                                        "1",
                                        "12",
                                        "2",
                                        "a",
                                        "a10",
                                        "a9",
                                        "abcdefgh1",
                                        "abcdefgh2",
                                        "2026-11-23T20:31:43.123456+00:00",
                                        "2026-11-23T20:31:43.123457+00:00",
                                        "é",
                                        false,
                                        true};
  for (const bool numeric : {false, true}) {
    for (const bool descending : {false, true}) {
      for (const json::Value& a : values) {
        for (const json::Value& b : values) {
          const Scalar x = ForOrder(ToScalar(a)), y = ForOrder(ToScalar(b));
          const int c = CompareScalars(x, y, numeric);
          EXPECT_EQ(c<0, CompareScalars(y, x, numeric)> 0);
          const uint64_t missing = SortKey({}, numeric, false);
          const auto key = [&](const Scalar& s) {
            const uint64_t ascending = SortKey(s, numeric, false);
            return descending ? Descending(ascending) : ascending;
          };
          const uint64_t kx = key(x), ky = key(y);
          if (kx != ky) {
            EXPECT_EQ(kx < ky, descending ? c > 0 : c < 0)
                << json::Write(a) << " and " << json::Write(b) << numeric << descending;
          }
          EXPECT_LT(kx, missing);
          for (const json::Value& third : values) {
            const Scalar z = ForOrder(ToScalar(third));
            if (c <= 0 && CompareScalars(y, z, numeric) <= 0) {
              EXPECT_LE(CompareScalars(x, z, numeric), 0)
                  << json::Write(a) << json::Write(b) << json::Write(third);
            }
          }
        }
      }
    }
  }
}

TEST(FixedTime, IsExactlyWhatFormatTimeWrites) {
  for (const int64_t t : {int64_t{0}, int64_t{1}, int64_t{1'795'465'903'123'456}, int64_t{-1},
                          int64_t{951'782'400'000'000}, int64_t{-62'135'596'800'000'000}}) {
    EXPECT_EQ(FixedTime(FormatTime(t)), t) << FormatTime(t);
  }
  for (const char* text :
       {"2026-11-23T20:31:43.123456Z", "2026-11-23 20:31:43.123456+00:00",
        "2026-11-23T20:31:43.123456+01:00", "2026-02-29T20:31:43.123456+00:00",
        "2026-13-23T20:31:43.123456+00:00", "2026-11-23T24:31:43.123456+00:00",
        "2026-11-23T20:31:60.123456+00:00", "2026-11-23T20:31:43.12345x+00:00"}) {
    EXPECT_EQ(FixedTime(text), std::nullopt) << text;
  }
  EXPECT_NE(FixedTime("2024-02-29T20:31:43.123456+00:00"), std::nullopt);
}

}  // namespace
}  // namespace furrow::docs
