// SPDX-License-Identifier: Apache-2.0
// Keys at rest and projections.
#include <gtest/gtest.h>

#include "json/text.h"
#include "query/entities.h"
#include "query/escape.h"
#include "query/project.h"

namespace furrow::query {
namespace {

json::Value J(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *value : json::Value();
}

TEST(Escape, KeysRoundTrip) {
  const std::pair<const char*, const char*> kCases[] = {
      {"lr", "lr"},
      {"a.b", "a%2Eb"},
      {"$x", "%24x"},
      {"100%", "100%%"},
      {"a__b", "a%_%_b"},
      {"_x", "%_x"},
      {"__x", "%_%_x"},
      {"a_b_", "a_b_"},
      {"___", "%_%__"},
      {"%2E", "%%2E"},
      {"%_", "%%_"},
      {"", ""},
      {"_", "%_"},
      {"é.ü", "é%2Eü"},
      {"_pipeline_hash", "%_pipeline_hash"},
      {"%%", "%%%%"},
      {"....", "%2E%2E%2E%2E"},
      {"a_.__b", "a_%2E%_%_b"},
  };
  for (const auto& [plain, escaped] : kCases) {
    EXPECT_EQ(EscapeKey(plain), escaped);
    EXPECT_EQ(UnescapeKey(escaped), plain);
  }
  EXPECT_EQ(UnescapeKey("100%"), "100%");
  EXPECT_EQ(UnescapeKey("%2e%41"), ".%41");
}

TEST(Escape, EveryShortKeyRoundTrips) {
  const std::string letters = "a._$%2E4";
  for (size_t n = 0; n < letters.size() * letters.size() * letters.size() * letters.size(); ++n) {
    std::string key;
    for (size_t left = n; left; left /= letters.size()) key += letters[left % letters.size()];
    const std::string escaped = EscapeKey(key);
    EXPECT_EQ(UnescapeKey(escaped), key);
    EXPECT_EQ(escaped.find_first_of(".$"), std::string::npos) << escaped;
    EXPECT_FALSE(escaped.starts_with('_')) << escaped;
    EXPECT_EQ(EscapeKey(UnescapeKey(escaped)), escaped);
  }
}

TEST(Escape, MapsAtEveryDepth) {
  const json::Value plain = J(R"({"a.b": {"_c": [{"d$": 1}]}, "e": "x.y"})");
  const json::Value kept = J(R"({"a%2Eb": {"%_c": [{"d%24": 1}]}, "e": "x.y"})");
  EXPECT_EQ(EscapeKeys(plain), kept);
  EXPECT_EQ(UnescapeKeys(kept), plain);
  EXPECT_EQ(EscapeKeys("a.b"), json::Value("a.b"));
}

TEST(Escape, PathsEscapedByHalves) {
  const auto path = [](const char* p) { return EscapePath(p, kTaskSchema); };
  EXPECT_EQ(path("hyperparams.Args.lr%2Ex.value"), "hyperparams.Args.lr%2Ex.value");
  EXPECT_EQ(path("hyperparams.Args._x.value"), "hyperparams.Args.%_x.value");
  EXPECT_EQ(path("hyperparams.Args.%_x.value"), "hyperparams.Args.%_x.value");
  EXPECT_EQ(path("hyperparams.Args.a__b.value"), "hyperparams.Args.a%_%_b.value");
  EXPECT_EQ(path("hyperparams.A%24B.50%.value"), "hyperparams.A%24B.50%%.value");
  EXPECT_EQ(path("runtime._pipeline_hash"), "runtime.%_pipeline_hash");
  EXPECT_EQ(path("script.a__b"), "script.a__b");
  EXPECT_EQ(path("_any_"), "_any_");
  EXPECT_EQ(path("name"), "name");
  EXPECT_EQ(EscapePath("metadata.a__b.value", kModelSchema), "metadata.a%_%_b.value");
  EXPECT_EQ(EscapePath("labels.x%2Ey", kModelSchema), "labels.x%2Ey");
}

const char kTask[] = R"({
  "id": "1", "name": "n", "status": "created", "project": "p",
  "script": {"diff": "d", "binary": "python", "requirements": {"pip": "x"}},
  "runtime": {"progress": "5", "a%2Eb": 1},
  "hyperparams": {"Args": {"lr%2Ex": {"value": "1"}, "n": {"value": "2"}}},
  "models": {"input": [{"name": "a", "model": "m1"}, {"name": "b", "model": "m2"}], "output": []},
  "tags": ["t"]})";

json::Value Projected(const char* request, Projection::Keys keys = Projection::Keys::kStored,
                      const char* doc = kTask) {
  const auto projection = Projection::Compile(kTaskSchema, J(request), keys);
  EXPECT_TRUE(projection.ok()) << request;
  return projection.ok() ? projection->Apply(J(doc)) : json::Value();
}

TEST(Projection, WhatIsAskedForAndTheId) {
  EXPECT_EQ(Projected(R"({"only_fields": ["name"]})"), J(R"({"id": "1", "name": "n"})"));
  EXPECT_EQ(Projected(R"({"only_fields": "name"})"), J(R"({"id": "1", "name": "n"})"));
  EXPECT_EQ(Projected(R"({"projection": ["name"]})"), J(R"({"id": "1", "name": "n"})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["id"]})"), J(R"({"id": "1"})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["absent"]})"), J(R"({"id": "1"})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["script.binary", "script.requirements"]})"),
            J(R"({"id": "1", "script": {"binary": "python", "requirements": {"pip": "x"}}})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["script", "script.binary"]})").At("script").At("diff"),
            json::Value("d"));
  EXPECT_EQ(Projected(R"({"only_fields": ["models.input.model"]})"),
            J(R"({"id": "1", "models": {"input": [{"model": "m1"}, {"model": "m2"}]}})"));
}

TEST(Projection, EverythingWhenNothingIsSaid) {
  for (const char* request :
       {"{}", R"({"only_fields": null})", R"({"only_fields": []})", R"({"only_fields": ["*"]})",
        R"({"only_fields": ["*", "project.name"]})"}) {
    EXPECT_EQ(Projected(request), J(kTask)) << request;
    EXPECT_TRUE(Projection::Compile(kTaskSchema, J(request))->whole()) << request;
  }
  EXPECT_TRUE(Projection().whole());
  EXPECT_EQ(Projection().Apply(J(kTask)), J(kTask));
}

TEST(Projection, ParentsStayThoughEmpty) {
  EXPECT_EQ(Projected(R"({"only_fields": ["runtime.version"]})"),
            J(R"({"id": "1", "runtime": {}})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["runtime.version"]})", Projection::Keys::kStored,
                      R"({"id": "2"})"),
            J(R"({"id": "2", "runtime": {}})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["script.tag"]})"), J(R"({"id": "1", "script": {}})"));
  EXPECT_EQ(
      Projected(R"({"only_fields": ["script.tag"]})", Projection::Keys::kStored, R"({"id": "2"})"),
      J(R"({"id": "2"})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["models.input.weight"]})"),
            J(R"({"id": "1", "models": {"input": [{}, {}]}})"));
}

TEST(Projection, MinusLeavesOut) {
  json::Value without = J(kTask);
  without["script"].object().Erase("diff");
  without.object().Erase("tags");
  EXPECT_EQ(Projected(R"({"only_fields": ["-script.diff", "-tags"]})"), without);
  EXPECT_EQ(Projected(R"({"only_fields": ["script", "-script.diff", "-script.requirements"]})"),
            J(R"({"id": "1", "script": {"binary": "python"}})"));
  EXPECT_EQ(
      Projected(R"({"only_fields": ["models", "-models.input.name", "-id"]})"),
      J(R"({"id": "1", "models": {"input": [{"model": "m1"}, {"model": "m2"}], "output": []}})"));
}

TEST(Projection, EscapedKeysInEitherSpelling) {
  EXPECT_EQ(Projected(R"({"only_fields": ["hyperparams.Args.lr%2Ex"]})"),
            J(R"({"id": "1", "hyperparams": {"Args": {"lr%2Ex": {"value": "1"}}}})"));
  EXPECT_EQ(Projected(R"({"only_fields": ["hyperparams.Args.lr%2Ex"]})", Projection::Keys::kPlain,
                      R"({"id": "1", "hyperparams": {"Args": {"lr.x": {"value": "1"}, "y": 2}}})"),
            J(R"({"id": "1", "hyperparams": {"Args": {"lr.x": {"value": "1"}}}})"));
}

TEST(Projection, ScalarsStayForWhoJoins) {
  const auto projection = Projection::Compile(
      kTaskSchema, J(R"({"only_fields": ["project.name", "project.id", "name"]})"));
  EXPECT_EQ(projection->Apply(J(kTask)), J(R"({"id": "1", "name": "n", "project": "p"})"));
  EXPECT_EQ(projection->Below("project"), (std::vector<std::string>{"name", "id"}));
  EXPECT_TRUE(projection->Below("name").empty());
  EXPECT_TRUE(projection->Below("proj").empty());
  EXPECT_EQ(Projection::Compile(kTaskSchema, J(R"({"only_fields": ["*", "entries.task.name"]})"))
                ->Below("entries.task"),
            std::vector<std::string>{"name"});
}

TEST(Projection, OnlyTexts) {
  for (const char* bad :
       {R"({"only_fields": [1]})", R"({"only_fields": {"a": 1}})", R"({"projection": 5})"}) {
    EXPECT_EQ(Projection::Compile(kTaskSchema, J(bad)).status().wire(), 4000012u) << bad;
  }
}

}  // namespace
}  // namespace furrow::query
