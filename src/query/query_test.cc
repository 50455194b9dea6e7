// SPDX-License-Identifier: Apache-2.0
// What each member of a request means, by documents and the ids that are found.
#include <gtest/gtest.h>

#include "query/ask_test.h"

namespace furrow::query {
namespace {

class QueryTest : public AskTest {
 protected:
  void Check(const std::vector<Case>& cases, const EntitySchema& schema = kTaskSchema) {
    for (const Case& c : cases) EXPECT_EQ(Ask(c.request, schema), c.ids) << c.request;
  }
};

TEST_F(QueryTest, PatternFieldsAreUnanchoredCaseSensitiveRegexes) {
  Have(R"({
    "1": {"name": "Lab/data/.datasets/ds1", "comment": "First", "report": "Weeds"},
    "2": {"name": "lab/data", "comment": "first", "report": "crops"},
    "3": {"name": "pipe", "basename": "pipe"},
    "4": {"name": "pipe #12", "description": "About x"},
    "5": {"name": "a-b c#d"}})");
  Check({
      {R"({"name": "^Lab/data/\\.datasets/ds1$"})", {"1"}},
      {R"({"name": "^Lab/data/.*"})", {"1"}},
      {R"({"name": "data"})", {"1", "2"}},
      {R"({"name": "^pipe(| #\\d+)$"})", {"3", "4"}},
      {R"({"name": "^a\\-b\\ c\\#d$"})", {"5"}},
      {R"({"name": ["^pipe$", "ds1"]})", {"1", "3"}},
      {R"({"name": ""})", {"1", "2", "3", "4", "5"}},
      {R"({"name": null})", {"1", "2", "3", "4", "5"}},
      {R"({"comment": "First"})", {"1"}},
      {R"({"report": "eed"})", {"1"}},
  });
  Check({{R"({"comment": "irst", "name": "Lab"})", {"1"}}}, kModelSchema);
  Check({{R"({"basename": "^pipe"})", {"3"}}, {R"({"description": "x$"})", {"4"}}}, kProjectSchema);
  Check({{R"({"name": "^pipe$"})", {"3"}}}, kQueueSchema);
}

TEST_F(QueryTest, ABadRegexIs400Slash21) {
  for (const char* request : {R"({"name": "("})", R"({"name": "(?=a)b"})", R"({"name": "(a)\\1"})",
                              R"({"_any_": {"fields": ["name"], "pattern": "["}})"}) {
    EXPECT_EQ(Refused(request), 4000021u) << request;
  }
}

TEST_F(QueryTest, ListFields) {
  Have(R"({
    "1": {"user": "u1", "tags": ["a"], "type": "training", "status": "created", "project": "p1",
          "parent": "x", "hyperparams": {"Args": {"lr": {"value": "0.1"}}},
          "execution": {"queue": "q1"}, "models": {"input": [{"model": "m1"}, {"model": "m2"}]}},
    "2": {"user": "u2", "tags": ["a", "b"], "type": "testing", "status": "queued", "project": "p2",
          "system_tags": ["archived"], "hyperparams": {"Args": {"lr": {"value": "-1"}}}},
    "3": {"user": "u1", "tags": [], "type": "testing", "status": "failed"}})");
  Check({
      {R"({"id": ["1", "3", "9"]})", {"1", "3"}},
      {R"({"id": "2"})", {"2"}},
      {R"({"user": "u1"})", {"1", "3"}},
      {R"({"user": ["u2", "u3"]})", {"2"}},
      {R"({"tags": ["a"]})", {"1", "2"}},
      {R"({"tags": ["b", "zz"]})", {"2"}},
      {R"({"type": ["testing"], "status": ["queued", "failed"]})", {"2", "3"}},
      {R"({"project": "p1"})", {"1"}},
      {R"({"parent": ["x"]})", {"1"}},
      {R"({"hyperparams.Args.lr.value": ["0.1"]})", {"1"}},
      {R"({"hyperparams.Args.lr.value": ["-1"]})", {"2"}},
      {R"({"hyperparams": {"Args": {"lr": {"value": "0.1"}}}})", {"1"}},
      {R"({"execution.queue": ["q1"]})", {"1"}},
      {R"({"execution": {"queue": "q1"}})", {"1"}},
      {R"({"models.input.model": ["m2"]})", {"1"}},
      {R"({"status": ["-created"]})", {"2", "3"}},
  });
}

TEST_F(QueryTest, AnEmptyListOrNullIsNoFilter) {
  Have(R"({"1": {"project": "p"}, "2": {}})");
  Check({
      {R"({"project": []})", {"1", "2"}},
      {R"({"project": null})", {"1", "2"}},
      {R"({"project": "*"})", {"1", "2"}},
      {R"({"project": ["*"]})", {"1", "2"}},
      {R"({"id": [], "tags": [], "status": null, "runtime.x": []})", {"1", "2"}},
      {R"({"status_changed": [], "created": [], "filters": null, "_any_": null})", {"1", "2"}},
      {R"({})", {"1", "2"}},
  });
}

TEST_F(QueryTest, WhatNoSchemaNamesIsNoFilter) {
  Have(R"({"1": {"method": "put"}})");
  Check({{R"({"method": "get", "is_daemon": true, "allow_public": true, "last_seen": 600,
              "include_stats_filter": {"system_tags": ["-pipeline"]}, "script": {"x": null}})",
          {"1"}}});
}

TEST_F(QueryTest, ListOperators) {
  Have(R"({
    "none":  {"t": 0, "tags": []},
    "a":     {"tags": ["a"]},
    "ab":    {"tags": ["a", "b"]},
    "abc":   {"tags": ["a", "b", "c"]},
    "abcd":  {"tags": ["a", "b", "c", "d"]},
    "abcdf": {"tags": ["a", "b", "c", "d", "f"]},
    "abcef": {"tags": ["a", "b", "c", "e", "f"]},
    "abcg":  {"tags": ["a", "b", "c", "g"]},
    "gone":  {"t": 1}})");
  Check({
      // Any of the values by default; exclusions each take away.
      {R"({"tags": ["b", "g"]})", {"ab", "abc", "abcd", "abcdf", "abcef", "abcg"}},
      {R"({"tags": ["-a"]})", {"gone", "none"}},
      {R"({"tags": ["-b", "-d"]})", {"a", "gone", "none"}},
      {R"({"tags": ["__$not", "b", "__$not", "d"]})", {"a", "gone", "none"}},
      {R"({"tags": ["a", "-b"]})", {"a"}},
      {R"({"tags": ["a", "__$not", "b"]})", {"a"}},
      // __$all, __$and
      {R"({"tags": ["__$all", "a", "b", "c", "d"]})", {"abcd", "abcdf"}},
      {R"({"tags": ["__$and", "a", "d"]})", {"abcd", "abcdf"}},
      {R"({"tags": ["__$all", "c", "__$not", "d"]})", {"abc", "abcef", "abcg"}},
      {R"({"tags": ["__$all", "c", "-d", "-e"]})", {"abc", "abcg"}},
      {R"({"tags": ["__$and", "__$not", "a"]})", {"gone", "none"}},
      // __$any, __$or
      {R"({"tags": ["__$any", "d", "g"]})", {"abcd", "abcdf", "abcg"}},
      {R"({"tags": ["__$or", "d", "__$not", "c"]})", {"a", "ab", "abcd", "abcdf", "gone", "none"}},
      {R"({"tags": ["__$any", "__$not", "a", "__$not", "b"]})", {"a", "gone", "none"}},
      // The SDK's own example: a and b and c and (d or not e) and (f or g).
      {R"({"tags": ["__$all", "a", "b", "c", "__$or", "d", "__$not", "e", "__$and", "__$or",
            "f", "g"]})",
       {"abcdf", "abcg"}},
      // The first operator joins the groups.
      {R"({"tags": ["__$or", "g", "__$and", "d", "f"]})", {"abcdf", "abcg"}},
      {R"({"tags": ["a", "__$and", "d", "f"]})", {"abcdf"}},
      // __$nop: back to how the list began.
      {R"({"tags": ["__$all", "a", "b", "__$nop", "d", "g"]})", {"abcd", "abcdf", "abcg"}},
      {R"({"tags": ["__$and"]})",
       {"a", "ab", "abc", "abcd", "abcdf", "abcef", "abcg", "gone", "none"}},
      // null: empty or missing.
      {R"({"tags": [null]})", {"gone", "none"}},
      {R"({"tags": [null, "g"]})", {"abcg", "gone", "none"}},
      {R"({"tags": ["__$not", null]})", {"a", "ab", "abc", "abcd", "abcdf", "abcef", "abcg"}},
      {R"({"tags": ["__$all", null]})", {"gone", "none"}},
  });
  EXPECT_EQ(Refused(R"({"tags": ["__$xor", "a"]})"), 4000012u);
}

TEST_F(QueryTest, WhatTheClientsSendForArchivedAndDatasets) {
  Have(R"({
    "1": {"system_tags": ["dataset"]},
    "2": {"system_tags": ["archived", "dataset"]},
    "3": {"system_tags": ["archived"]},
    "4": {}})");
  Check({
      {R"({"system_tags": ["__$all", "dataset", "__$not", "archived"]})", {"1"}},
      {R"({"system_tags": ["-archived"]})", {"1", "4"}},
      {R"({"system_tags": ["__$not", "archived", "__$not", "dataset"]})", {"4"}},
      {R"({"system_tags": ["-archived", "-dataset"]})", {"4"}},
      {R"({"system_tags": ["__$and", "archived"]})", {"2", "3"}},
      {R"({"system_tags": ["dataset"]})", {"1", "2"}},
  });
}

TEST_F(QueryTest, Filters) {
  Have(R"({
    "none": {"tags": []},
    "gone": {},
    "a":    {"tags": ["a"], "hyperparams": {"Args": {"lr%2Ex": {"value": "1"}}}},
    "ab":   {"tags": ["a", "b"]},
    "abc":  {"tags": ["a", "b", "c"]}})");
  Check({
      {R"({"filters": {"tags": {"any": {"include": ["b", "z"]}}}})", {"ab", "abc"}},
      {R"({"filters": {"tags": {"any": {"exclude": ["a", "b"]}}}})", {"a", "gone", "none"}},
      {R"({"filters": {"tags": {"all": {"include": ["a", "b"]}}}})", {"ab", "abc"}},
      {R"({"filters": {"tags": {"all": {"exclude": ["b", "c"]}}}})", {"a", "gone", "none"}},
      {R"({"filters": {"tags": {"all": {"include": ["a"], "exclude": ["c"]}}}})", {"a", "ab"}},
      {R"({"filters": {"tags": {"any": {"include": ["c"], "exclude": ["a"]}}}})",
       {"abc", "gone", "none"}},
      {R"({"filters": {"tags": {"any": {"include": ["a"]}, "all": {"exclude": ["b"]}}}})", {"a"}},
      {R"({"filters": {"tags": {"any": {"include": ["c"]}, "all": {"exclude": ["b"]},
            "op": "or"}}})",
       {"a", "abc", "gone", "none"}},
      {R"({"filters": {"tags": {"any": {"include": [null]}}}})", {"gone", "none"}},
      {R"({"filters": {"tags": {"all": {"include": [null]}}}})", {"gone", "none"}},
      {R"({"filters": {"tags": {"all": {"exclude": [null]}}}})", {"a", "ab", "abc"}},
      {R"({"filters": {"tags": {"any": {"include": null}}}})", {"a", "ab", "abc", "gone", "none"}},
      {R"({"filters": {"tags": null,
            "hyperparams.Args.lr%2Ex.value": {"any": {"include": ["1"]}}}})",
       {"a"}},
      {R"({"filters": {"tags": {"any": {"include": ["b"]}}}, "tags": ["c"]})", {"abc"}},
  });
  for (const char* bad : {R"({"filters": 1})", R"({"filters": {"tags": []}})",
                          R"({"filters": {"tags": {"any": []}}})",
                          R"({"filters": {"tags": {"any": {"include": ["a"]}, "op": "xor"}}})"}) {
    EXPECT_EQ(Refused(bad), 4000012u) << bad;
  }
}

TEST_F(QueryTest, Ranges) {
  Have(R"({
    "1": {"created": "2026-01-01T00:00:00.000000+00:00", "active_duration": 10, "last_iteration": 5,
          "last_metrics": {"m": {"v": {"max_value": 0.5}}},
            "last_update": "2026-02-01T00:00:00.000000+00:00"},
    "2": {"created": "2026-06-01T00:00:00.000000+00:00", "active_duration": 20, "last_iteration": 7,
          "last_metrics": {"m": {"v": {"max_value": -2}}}},
    "3": {"started": "2026-06-01T00:00:00.000000+00:00"}})");
  Check({
      {R"({"created": ["2026-01-01T00:00:00", "2026-05-01T00:00:00Z"]})", {"1"}},
      {R"({"created": ["2026-01-01", null]})", {"1", "2"}},
      {R"({"created": [null, "2026-05-01"]})", {"1", "3"}},
      {R"({"created": [null, null]})", {"1", "2", "3"}},
      {R"({"created": [">2026-01-01T00:00:00"]})", {"2"}},
      {R"({"started": ["2000-01-01T00:00:00", null]})", {"3"}},
      {R"({"active_duration": [10, 15]})", {"1"}},
      {R"({"active_duration": [null, 15]})", {"1", "3"}},
      {R"({"last_iteration": ["6", null]})", {"2"}},
      {R"({"last_iteration": 7})", {"2"}},
      {R"({"last_metrics.m.v.max_value": [0, null]})", {"1"}},
      {R"({"last_metrics.m.v.max_value": ["-2.0", "0"]})", {"2"}},
      {R"({"last_metrics": {"m": {"v": {"max_value": [null, 0]}}}})", {"2", "3"}},
  });
  Check({{R"({"last_metrics.m.v.max_value": [0, 1], "created": ["2025-01-01", null]})", {"1"}}},
        kModelSchema);
  Check({{R"({"last_update": ["2026-01-01", null]})", {"1"}},
         {R"({"last_update": [null, "2026-01-01"]})", {"2", "3"}}},
        kProjectSchema);
  for (const char* bad : {R"({"last_iteration": [1]})", R"({"last_iteration": [1, 2, 3]})",
                          R"({"last_iteration": ["x", 2]})", R"({"created": ["soon", null]})",
                          R"({"last_metrics.m.v.max_value": [true, null]})"}) {
    EXPECT_EQ(Refused(bad), 4000012u) << bad;
  }
}

TEST_F(QueryTest, Moments) {
  Have(R"({
    "1": {"status_changed": "2026-03-01T10:00:00.000000+00:00"},
    "2": {"status_changed": "2026-03-01T11:00:00.000000+00:00"},
    "3": {"status_changed": "2026-03-01T12:00:00.000000+00:00"},
    "4": {}})");
  Check({
      {R"({"status_changed": [">2026-03-01 11:00:00"]})", {"3"}},
      {R"({"status_changed": ">=2026-03-01 11:00:00.000000"})", {"2", "3"}},
      {R"({"status_changed": "<2026-03-01T13:00:00+02:00"})", {"1"}},
      {R"({"status_changed": ["<=2026-03-01T11:00:00Z"]})", {"1", "2"}},
      {R"({"status_changed": [">2026-03-01T10:00:00", "<2026-03-01T12:00:00"]})", {"2"}},
      {R"({"status_changed": ["2026-03-01T10:00:00", "2026-03-01T11:00:00"]})", {"1", "2"}},
      {R"({"status_changed": [null, "2026-03-01T11:00:00"]})", {"1", "2", "4"}},
      {R"({"status_changed": "2026-03-01T11:00:00"})", {"2"}},
      {R"({"status_changed": [">=1772362800"]})", {"2", "3"}},
      {R"({"status_changed": [">1772362800000"]})", {"3"}},
      {R"({"last_update": [">2026-01-01"]})", {}},
      {R"({"last_change": null})", {"1", "2", "3", "4"}},
  });
  EXPECT_EQ(Refused(R"({"status_changed": [">soon"]})"), 4000012u);
  EXPECT_EQ(Refused(R"({"status_changed": true})"), 4000012u);
}

TEST_F(QueryTest, MultiFieldConditions) {
  Have(R"({
    "1": {"name": "Weeds", "comment": "field", "runtime": {"hash": "x1"},
          "last_update": "2026-03-01T10:00:00.000000+00:00"},
    "2": {"name": "crops", "comment": "weeds", "last_change": "2026-03-01T12:00:00.000000+00:00",
          "last_update": "2026-03-01T09:00:00.000000+00:00"},
    "3": {"name": "weeds", "comment": "WEEDS"},
    "weeds4": {"name": "x"}})");
  Check({
      {R"({"_any_": {"fields": ["name", "comment"], "pattern": "^weeds$"}})", {"1", "2", "3"}},
      {R"({"_or_": {"fields": ["name", "id"], "pattern": "WEED"}})", {"1", "3", "weeds4"}},
      {R"({"_all_": {"fields": ["name", "comment"], "pattern": "weeds"}})", {"3"}},
      {R"({"_and_": {"fields": ["runtime.hash"], "pattern": "^x1$"}})", {"1"}},
      {R"({"_or_": {"fields": ["last_update", "last_change"],
            "datetime": [">2026-03-01T09:30:00"]}})",
       {"1", "2"}},
      {R"({"_and_": {"fields": ["last_update", "last_change"],
            "datetime": [">2026-03-01T08:00:00"]}})",
       {"2"}},
      {R"({"_any_": {"fields": ["name"], "pattern": null}})", {"1", "2", "3", "weeds4"}},
      {R"({"_any_": {"pattern": "x", "fields": ["name"]}, "_all_": {"pattern": "4",
            "fields": ["id"]}})",
       {"weeds4"}},
  });
  for (const char* bad : {R"({"_any_": "x"})", R"({"_any_": {"pattern": "x"}})",
                          R"({"_any_": {"fields": [1], "pattern": "x"}})",
                          R"({"_any_": {"fields": ["name"], "pattern": 1}})"}) {
    EXPECT_EQ(Refused(bad), 4000012u) << bad;
  }
}

TEST_F(QueryTest, ExactFields) {
  Have(R"({
    "1": {"runtime": {"version": "1.0", "ds_count": 3}, "ready": true},
    "2": {"runtime": {"version": "1.0.1"}, "ready": false},
    "3": {"runtime": {"_pipeline_hash": "h", "a%2Eb": "c"}}})");
  Check({
      {R"({"runtime.version": "1.0"})", {"1"}},
      {R"({"runtime.version": ["1.0", "1.0.1"]})", {"1", "2"}},
      {R"({"runtime.ds_count": 3})", {"1"}},
      {R"({"runtime.a%2Eb": "c"})", {"3"}},
      {R"({"runtime": {"a.b": "c"}})", {"3"}},
  });
  Check({{R"({"ready": true})", {"1"}},
         {R"({"ready": false})", {"2"}},
         {R"({"ready": null})", {"1", "2", "3"}}},
        kModelSchema);
}

TEST_F(QueryTest, SearchText) {
  Have(R"({
    "1": {"name": "weed detector", "comment": "x"},
    "2": {"name": "x", "comment": "about weed detector"},
    "3": {"name": "x", "report": "the detector"},
    "4": {"name": "x", "script": {"repository": "https://git/weed.git", "entry_point": "run.py"}},
    "5": {"name": "x", "models": {"input": [{"name": "net", "model": "dsh0123"}]}},
    "6": {"name": "x", "configuration": {"weed": 1}}})");
  Check({
      {R"({"search_text": "weed", "order_by": "id"})", {"1", "2", "4"}},
      {R"({"search_text": "weed detector", "order_by": "id"})", {"1", "2"}},
      {R"({"search_text": "\"detector weed\""})", {}},
      {R"({"search_text": "run.py"})", {"4"}},
      {R"({"search_text": "dsh0123"})", {"5"}},
      {R"({"search_text": "", "order_by": "id"})", {"1", "2", "3", "4", "5", "6"}},
      {R"({"search_text": "weed", "order_by": ["@text_score"]})", {"1", "2", "4"}},
      {R"({"search_text": "weed", "order_by": ["-@text_score"]})", {"1", "2", "4"}},
      {R"({"search_text": "weed"})", {"1", "2", "4"}},
      {R"({"search_text": "weed", "order_by": ["-id"]})", {"4", "2", "1"}},
      {R"({"order_by": ["@text_score", "-id"], "id": ["1", "2"]})", {"2", "1"}},
  });
  EXPECT_EQ(Refused(R"({"search_text": 5})"), 4000012u);
}

TEST_F(QueryTest, OrderBy) {
  Have(R"({
    "a": {"name": "n1", "hyperparams": {"Args": {"lr%2Ex": {"value": "10"}}},
            "last_metrics": {"m": {"v": {"value": 3}}}},
    "b": {"name": "n2", "hyperparams": {"Args": {"lr%2Ex": {"value": "9"}}},
            "last_metrics": {"m": {"v": {"value": null}}}},
    "c": {"name": "n1", "hyperparams": {"Args": {"lr%2Ex": {"value": "1e1"}}},
            "last_metrics": {"m": {"v": {"value": -1}}}},
    "d": {"name": null}})");
  Check({
      {R"({"order_by": "name"})", {"a", "c", "b", "d"}},
      {R"({"order_by": "-name"})", {"b", "a", "c", "d"}},
      {R"({"order_by": ["-name", "-id"]})", {"b", "c", "a", "d"}},
      {R"({"order_by": ["hyperparams.Args.lr%2Ex.value"]})", {"b", "a", "c", "d"}},
      {R"({"order_by": ["-hyperparams.Args.lr%2Ex.value"]})", {"a", "c", "b", "d"}},
      {R"({"order_by": ["last_metrics.m.v.value"]})", {"c", "a", "b", "d"}},
      {R"({"order_by": ["-last_metrics.m.v.value"]})", {"a", "c", "b", "d"}},
      {R"({"order_by": []})", {"a", "b", "c", "d"}},
      {R"({"order_by": null})", {"a", "b", "c", "d"}},
      {R"({"order_by": [""]})", {"a", "b", "c", "d"}},
  });
  EXPECT_EQ(Refused(R"({"order_by": [1]})"), 4000012u);
}

TEST_F(QueryTest, Pages) {
  json::Value docs = json::Object();
  for (int i = 0; i < 1203; ++i) docs[std::to_string(10000 + i)] = json::Object{{"n", i}};
  Have(json::Write(docs));
  EXPECT_EQ(Ask("{}").size(), 500u);
  EXPECT_EQ(Ask(R"({"page": 0})").size(), 500u);
  EXPECT_EQ(Ask(R"({"page": 2})").size(), 203u);
  EXPECT_EQ(Ask(R"({"page": 3})"), Ids{});
  EXPECT_EQ(Ask(R"({"page": 1000000000000, "page_size": 7})"), Ids{});
  EXPECT_EQ(Ask(R"({"page_size": 5000})").size(), 500u);
  EXPECT_EQ(Ask(R"({"page_size": 5000, "page": 1})").front(), "10500");
  EXPECT_EQ(Ask(R"({"page_size": 3, "page": 2})"), (Ids{"10006", "10007", "10008"}));
  EXPECT_EQ(Ask(R"({"page_size": null, "page": null})").size(), 500u);
  for (const char* bad : {R"({"page": -1})", R"({"page": "x"})", R"({"page_size": 1.5})"}) {
    EXPECT_EQ(Refused(bad), 4000012u) << bad;
  }
}

TEST_F(QueryTest, HiddenOnes) {
  Have(R"({
    "plain": {"name": "n"},
    "hidden": {"name": "n", "system_tags": ["hidden"]},
    "glue": {"name": "n", "system_tags": ["k8s-glue"]}})");
  const Ids all{"glue", "hidden", "plain"};
  for (const EntitySchema* schema : {&kTaskSchema, &kProjectSchema}) {
    EXPECT_EQ(Ask("{}", *schema), (Ids{"glue", "plain"}));
    EXPECT_EQ(Ask(R"({"id": []})", *schema), (Ids{"glue", "plain"}));
    EXPECT_EQ(Ask(R"({"name": "n"})", *schema), (Ids{"glue", "plain"}));
    EXPECT_EQ(Ask(R"({"search_hidden": true})", *schema), all);
    EXPECT_EQ(Ask(R"({"search_hidden": false})", *schema), (Ids{"glue", "plain"}));
    EXPECT_EQ(Ask(R"({"id": ["hidden"]})", *schema), Ids{"hidden"});
  }
  EXPECT_EQ(Ask("{}", kQueueSchema), (Ids{"hidden", "plain"}));
  EXPECT_EQ(Ask(R"({"name": "n"})", kQueueSchema), all);
  EXPECT_EQ(Ask(R"({"id": ["glue"]})", kQueueSchema), Ids{"glue"});
  EXPECT_EQ(Ask(R"({"search_hidden": true})", kQueueSchema), all);
  EXPECT_EQ(Ask("{}", kModelSchema), all);
  context_.hide_hidden = false;
  EXPECT_EQ(Ask("{}"), all);
}

TEST_F(QueryTest, IncludeSubprojects) {
  Have(
      R"({"1": {"project": "top"}, "2": {"project": "below"}, "3": {"project": "other"},
            "4": {}})");
  context_.expand_projects =
      [](const std::vector<std::string>& ids) -> Result<std::vector<std::string>> {
    std::vector<std::string> out = ids;
    for (const std::string& id : ids) {
      if (id == "top") out.push_back("below");
      if (id == "bad") return Status(Code::kInvalidArgument, 4000401, "no such project");
    }
    return out;
  };
  Check({
      {R"({"project": ["top"]})", {"1"}},
      {R"({"project": ["top"], "include_subprojects": false})", {"1"}},
      {R"({"project": ["top"], "include_subprojects": true})", {"1", "2"}},
      {R"({"project": "top", "include_subprojects": true})", {"1", "2"}},
      {R"({"project": ["__$not", "top"], "include_subprojects": true})", {"3", "4"}},
      {R"({"project": ["__$all", "top"], "include_subprojects": true})", {"1", "2"}},
      {R"({"filters": {"project": {"any": {"include": ["top"]}}}, "include_subprojects": true})",
       {"1", "2"}},
      {R"({"project": [], "include_subprojects": true})", {"1", "2", "3", "4"}},
  });
  EXPECT_EQ(Refused(R"({"project": ["bad"], "include_subprojects": true})"), 4000401u);
}

TEST_F(QueryTest, ShallowSearch) {
  Have(R"({"1": {"parent": null}, "2": {"parent": "1"}, "3": {"parent": ""}})");
  Check(
      {
          {R"({"shallow_search": true})", {"1", "3"}},
          {R"({"shallow_search": true, "parent": ["1"]})", {"2"}},
          {R"({"shallow_search": false})", {"1", "2", "3"}},
      },
      kProjectSchema);
}

}  // namespace
}  // namespace furrow::query
