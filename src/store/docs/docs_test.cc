// SPDX-License-Identifier: Apache-2.0
#include "store/docs/docs.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "store/docs/cache.h"
#include "store/docs/codec.h"
#include "store/docs/test_store.h"

namespace furrow::docs {
namespace {

using DocsTest = StoreTest;

TEST_F(DocsTest, PutThenGet) {
  Put("a", R"({"name":"one"})");
  auto doc = store_->Get(kTasks, "a");
  ASSERT_TRUE(doc.ok());
  EXPECT_EQ(doc->At("name").AsString(), "one");
  EXPECT_TRUE(store_->Exists(kTasks, "a"));
  EXPECT_EQ(store_->Get(kTasks, "b").status().code(), Code::kNotFound);
  EXPECT_EQ(store_->Get(kProjects, "a").status().code(), Code::kNotFound);
  Open();
  EXPECT_EQ(store_->Get(kTasks, "a")->At("name").AsString(), "one");
}

TEST_F(DocsTest, GetSharedGivesOneDocumentUntilItChanges) {
  Put("a", R"({"n":1})");
  const DocPtr first = *store_->GetShared(kTasks, "a"), again = *store_->GetShared(kTasks, "a");
  EXPECT_EQ(first.get(), again.get());
  Put("a", R"({"n":2})");
  EXPECT_EQ((*store_->GetShared(kTasks, "a"))->At("n").AsInt(), 2);
  EXPECT_EQ(first->At("n").AsInt(), 1);
  Delete("a");
  EXPECT_EQ(store_->GetShared(kTasks, "a").status().code(), Code::kNotFound);
}

TEST_F(DocsTest, AnErrorRollsBackAll) {
  Put("a", R"({"n":1})");
  EXPECT_EQ(Where(Predicate::Equals("n", 1)), Ids{"a"});
  bool after = false;
  const Status s = store_->Transact([&](Transaction& t) -> Status {
    FURROW_TRY(t.Put(kTasks, "a", J(R"({"n":2})")));
    FURROW_TRY(t.Put(kTasks, "b", J(R"({"n":1})")));
    t.batch().Put(store::Family::kMeta, "mark", "x");
    t.AfterWrite([&] { after = true; });
    return {Code::kFailedPrecondition, 4000110, "no"};
  });
  EXPECT_EQ(s.wire(), 4000110u);
  EXPECT_FALSE(after);
  EXPECT_EQ(store_->Get(kTasks, "a")->At("n").AsInt(), 1);
  EXPECT_FALSE(store_->Exists(kTasks, "b"));
  EXPECT_FALSE(engine_->Get(store::Family::kMeta, "mark")->has_value());
  EXPECT_EQ(Where(Predicate::Equals("n", 1)), Ids{"a"});
}

TEST_F(DocsTest, ATransactionReadsItsOwnWritesAndOthersDoNot) {
  Put("a", R"({"n":1})");
  Put("gone", R"({"n":1})");
  std::vector<std::string> order;
  const Status s = store_->Transact([&](Transaction& t) -> Status {
    FURROW_TRY(t.Put(kTasks, "a", J(R"({"n":2})")));
    FURROW_TRY(t.Put(kTasks, "new", J(R"({"n":2})")));
    FURROW_TRY(t.Delete(kTasks, "gone"));
    EXPECT_EQ(t.Get(kTasks, "a")->At("n").AsInt(), 2);
    EXPECT_TRUE(t.Exists(kTasks, "new"));
    EXPECT_FALSE(t.Exists(kTasks, "gone"));
    EXPECT_EQ(t.Get(kTasks, "gone").status().code(), Code::kNotFound);
    EXPECT_EQ(t.Delete(kTasks, "gone").code(), Code::kNotFound);
    EXPECT_EQ(store_->Get(kTasks, "a")->At("n").AsInt(), 1);
    EXPECT_FALSE(store_->Exists(kTasks, "new"));
    EXPECT_EQ(*t.Find(kTasks, {.where = Predicate::Equals("n", 1)}), (Ids{"a", "gone"}));
    t.batch().Put(store::Family::kMeta, "mark", "x");
    t.AfterWrite([&] {
      EXPECT_TRUE(engine_->Get(store::Family::kMeta, "mark")->has_value());
      order.push_back("after");
    });
    order.push_back("body");
    return {};
  });
  EXPECT_TRUE(s.ok());
  EXPECT_EQ(order, (std::vector<std::string>{"body", "after"}));
  EXPECT_EQ(Where(Predicate::Equals("n", 2)), (Ids{"a", "new"}));
  EXPECT_TRUE(Where(Predicate::Equals("n", 1)).empty());
}

TEST_F(DocsTest, PutRefusesWhatCouldNotBeReadAgain) {
  const auto put = [&](std::string id, json::Value doc) {
    return store_->Transact([&](Transaction& t) { return t.Put(kTasks, id, doc); }).code();
  };
  EXPECT_EQ(put("", json::Object()), Code::kInvalidArgument);
  EXPECT_EQ(put(std::string(kIdBytesMax + 1, 'x'), json::Object()), Code::kInvalidArgument);
  EXPECT_EQ(put("a", json::Array()), Code::kInternal);
  EXPECT_EQ(put(std::string(kIdBytesMax, 'x'), json::Object()), Code::kOk);
}

TEST_F(DocsTest, NumbersSurvive) {
  Put("a",
      R"({"big":18446744073709551615,"low":-9223372036854775808,"nan":NaN,"inf":-Infinity,
            "one":1.0})");
  Open();
  const json::Value doc = *store_->Get(kTasks, "a");
  EXPECT_EQ(doc.At("big").AsUint64(), UINT64_MAX);
  EXPECT_EQ(doc.At("low").AsInt(), INT64_MIN);
  EXPECT_TRUE(std::isnan(doc.At("nan").AsDouble()));
  EXPECT_TRUE(std::isinf(doc.At("inf").AsDouble()));
  EXPECT_TRUE(doc.At("one").IsDouble());
  // The scan that builds a column reads such a document as well.
  EXPECT_EQ(Where(Predicate::Equals("one", 1)), Ids{"a"});
}

TEST_F(DocsTest, ACorruptDocumentIsAnErrorAndNeverServed) {
  Put("a", R"({"n":1})");
  const auto write = [&](std::string_view id, std::string_view bytes) {
    store::Batch batch;
    batch.Put(store::Family::kDocs, DocumentKey(kTasks, id), bytes);
    ASSERT_TRUE(engine_->Write(std::move(batch)).ok());
  };
  write("b", "\x01{\"n\":1");
  write("c", "\x02{\"n\":1}");
  write("d", "\x01[1]");
  write("e", "");
  for (const char* id : {"b", "c", "d", "e"}) {
    const Status s = store_->Get(kTasks, id).status();
    EXPECT_EQ(s.code(), Code::kCorruption) << id;
    EXPECT_NE(s.message().find("task " + std::string(id)), std::string::npos) << s.message();
    EXPECT_TRUE(store_->Exists(kTasks, id));
  }
  EXPECT_EQ(store_->FindIds(kTasks, {.where = Predicate::Equals("n", 1)}).status().code(),
            Code::kCorruption);
  EXPECT_EQ(store_->ForEach(kTasks, [](auto, auto&) { return true; }).code(), Code::kCorruption);
  EXPECT_EQ(store_->Get(kTasks, "a")->At("n").AsInt(), 1);
}

TEST_F(DocsTest, ForEachGoesInOrderAndStops) {
  for (const char* id : {"c", "a", "b"}) Put(id, R"({"n":1})");
  Put("z", R"({"n":1})", kProjects);
  Ids seen;
  ASSERT_TRUE(store_
                  ->ForEach(kTasks,
                            [&](std::string_view id, const json::Value&) {
                              seen.emplace_back(id);
                              return seen.size() < 2;
                            })
                  .ok());
  EXPECT_EQ(seen, (Ids{"a", "b"}));
}

TEST_F(DocsTest, FindGivesWholeDocumentsAndTheTotal) {
  for (int i = 0; i < 10; ++i) Put("id" + std::to_string(i), R"({"n":)" + std::to_string(i) + "}");
  const auto page = store_->Find(
      kTasks,
      {.order = {{.path = "n", .descending = true}}, .offset = 2, .limit = 3, .want_total = true});
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->total, 10);
  ASSERT_EQ(page->docs.size(), 3u);
  EXPECT_EQ(page->docs[0].At("n").AsInt(), 7);
  EXPECT_EQ(store_->Find(kTasks, {.offset = 20, .limit = 3})->docs.size(), 0u);
  EXPECT_EQ(*store_->Count(kTasks, Predicate()), 10);
  EXPECT_EQ(store_->Find(kTasks, {.limit = 3})->total, -1);
}

TEST_F(DocsTest, ScansTheFieldsOfMatches) {
  Put("a", R"({"n":1,"t":["x","y"],"at":"2026-11-23T20:31:43.123456+00:00"})");
  Put("b", R"({"n":2,"t":[]})");
  Put("c", R"({"n":1})");
  int64_t tags = 0, times = 0, numbers = 0;
  std::set<std::string> ids;
  const Status s = store_->Scan(kTasks, {"n", "t", "at"}, Predicate::Equals("n", 1),
                                [&](std::string_view id, const std::vector<Found>& values) {
                                  ids.emplace(id);
                                  numbers += values[0].scalars.at(0).whole;
                                  tags += static_cast<int64_t>(values[1].scalars.size());
                                  for (const Scalar& at : values[2].scalars) times += at.whole;
                                });
  ASSERT_TRUE(s.ok()) << s.ToString();
  EXPECT_EQ(ids, (std::set<std::string>{"a", "c"}));
  EXPECT_EQ(numbers, 2);
  EXPECT_EQ(tags, 2);
  EXPECT_EQ(times, *FixedTime("2026-11-23T20:31:43.123456+00:00"));
}

TEST_F(DocsTest, TellsWhatWasWrittenSinceItWasAsked) {
  Put("a", R"({"n":1})");
  EXPECT_TRUE(store_->TakeWritten(kTasks).empty());
  Put("b", R"({"n":1})");
  Put("b", R"({"n":2})");
  Delete("a");
  auto written = store_->TakeWritten(kTasks);
  std::sort(written.begin(), written.end());
  EXPECT_EQ(written, (Ids{"a", "b"}));
  EXPECT_TRUE(store_->TakeWritten(kTasks).empty());
}

TEST_F(DocsTest, ColumnsFollowEveryChange) {
  Put("a", R"({"n":1,"t":"x"})");
  EXPECT_EQ(Where(Predicate::Equals("t", "x")), Ids{"a"});
  Put("b", R"({"n":2,"t":"x"})");
  EXPECT_EQ(Where(Predicate::Equals("t", "x")), (Ids{"a", "b"}));
  Put("a", R"({"n":1,"t":"y"})");
  EXPECT_EQ(Where(Predicate::Equals("t", "x")), Ids{"b"});
  Delete("b");
  EXPECT_TRUE(Where(Predicate::Equals("t", "x")).empty());
  // The row of b is used again: nothing of b may show through.
  Put("c", R"({"n":3})");
  EXPECT_TRUE(Where(Predicate::Equals("t", "x")).empty());
  EXPECT_EQ(Ordered({{.path = "n"}}), (Ids{"a", "c"}));
}

TEST_F(DocsTest, AColumnOfSmallNumbersTakesLargeOnesToo) {
  Put("a", R"({"n":-1})");
  Put("b", R"({"n":2147483647})");
  EXPECT_EQ(Where(Predicate::In("n", {-1, 2147483647})), (Ids{"a", "b"}));
  Put("c", R"({"n":-9223372036854775808})");
  Put("d", R"({"n":9223372036854775807})");
  Put("e", R"({"n":0.5})");
  EXPECT_EQ(Ordered({{.path = "n"}}), (Ids{"c", "a", "e", "b", "d"}));
  EXPECT_EQ(Where(Predicate::In("n", {INT64_MIN, 0.5, -1})), (Ids{"a", "c", "e"}));
}

TEST_F(DocsTest, TextsThatComeAfterAColumnWasSortedHaveTheirPlace) {
  for (int i = 100; i < 200; i += 2)
    Put("id" + std::to_string(i), R"({"t":"same beginning )" + std::to_string(i) + "\"}");
  EXPECT_EQ(Ordered({{.path = "t"}}).front(), "id100");
  Ids expected;
  for (int i = 100; i < 200; ++i) {
    Put("id" + std::to_string(i), R"({"t":"same beginning )" + std::to_string(i) + "\"}");
    expected.push_back("id" + std::to_string(i));
  }
  EXPECT_EQ(Ordered({{.path = "t"}}), expected);
  std::reverse(expected.begin(), expected.end());
  EXPECT_EQ(Ordered({{.path = "t", .descending = true}}), expected);
}

TEST_F(DocsTest, AColumnFullOfTextsNobodyHasAnyMoreIsBuiltAnew) {
  Put("a", R"({"t":"start"})");
  EXPECT_EQ(Where(Predicate::Equals("t", "start")), Ids{"a"});
  for (int i = 0; i < 9000; ++i) Put("a", R"({"t":"text )" + std::to_string(i) + "\"}");
  EXPECT_LT(store_->usage().column_bytes, 100'000u);
  EXPECT_EQ(Where(Predicate::Equals("t", "text 8999")), Ids{"a"});
}

// last_metrics is the metrics' own; last_update is raised.
class Metrics : public DerivedFields {
 public:
  bool Owns(std::string_view path) const override {
    return path.starts_with("last_metrics") || path == "last_update";
  }
  void Merge(std::string_view id, json::Value& doc) const override {
    std::lock_guard lock(mutex);
    const auto it = loss.find(std::string(id));
    if (it == loss.end()) return;
    doc["last_metrics"]["loss"]["value"] = it->second;
    doc["last_update"] = std::max(doc.At("last_update").AsInt(), int64_t{100});
  }
  bool Replaces(std::string_view member) const override { return member == "last_metrics"; }
  void Set(const std::string& id, double value) {
    std::lock_guard lock(mutex);
    loss[id] = value;
  }

 protected:
  mutable std::mutex mutex;
  std::map<std::string, double> loss;
};

class DerivedTest : public StoreTest {
 protected:
  DerivedTest() : StoreTest(&metrics_) {}
  Ids Below(double high) {
    Predicate p;
    p.kind = Predicate::Kind::kRange;
    p.path = "last_metrics.loss.value";
    p.high = high;
    return Where(p);
  }
  void Report(const std::string& id, double value) {
    metrics_.Set(id, value);
    store_->Touch(kTasks, id);
  }
  Metrics metrics_;
};

TEST_F(DerivedTest, ReadsAreMergedAndColumnsFollowTouch) {
  Put("a", R"({"n":1})");
  Put("b", R"({"n":2})");
  EXPECT_TRUE(Below(10).empty());
  Report("a", 5);
  EXPECT_EQ(store_->Get(kTasks, "a")->FindPath("last_metrics.loss.value")->AsInt(), 5);
  EXPECT_EQ(Below(10), Ids{"a"});
  Report("b", 3);
  EXPECT_EQ(Below(10), (Ids{"a", "b"}));
  EXPECT_EQ(Ordered({{.path = "last_metrics.loss.value"}}), (Ids{"b", "a"}));
  Report("b", 50);
  EXPECT_EQ(Below(10), Ids{"a"});
  EXPECT_EQ(store_->Get(kTasks, "b")->FindPath("last_metrics.loss.value")->AsInt(), 50);
  Put("b", R"({"n":3})");
  EXPECT_EQ(Below(100), (Ids{"a", "b"}));
  Delete("a");
  EXPECT_EQ(Below(100), Ids{"b"});
}

TEST_F(DerivedTest, WhatIsReplacedIsNeverStoredAndWhatIsRaisedIs) {
  Report("a", 5);
  Put("a", R"({"last_metrics":{"loss":{"value":99},"old":1},"last_update":7,"n":1})");
  Put("b", R"({"last_update":200})");
  Put("c", R"({"last_update":20})");
  const DocPtr stored = *store_->GetStored(kTasks, "a");
  EXPECT_FALSE(stored->Find("last_metrics"));
  EXPECT_EQ(stored->At("last_update").AsInt(), 7);
  const json::Value merged = *store_->Get(kTasks, "a");
  EXPECT_EQ(merged.FindPath("last_metrics.loss.value")->AsInt(), 5);
  EXPECT_EQ(merged.At("last_update").AsInt(), 100);
  EXPECT_EQ(Ordered({{.path = "last_update"}}), (Ids{"c", "a", "b"}));
  ASSERT_TRUE(store_
                  ->Transact([&](Transaction& t) -> Status {
                    EXPECT_FALSE(t.Get(kTasks, "a")->Find("last_metrics"));
                    return {};
                  })
                  .ok());
  bool seen = false;
  ASSERT_TRUE(store_
                  ->ForEach(kTasks,
                            [&](std::string_view id, const json::Value& doc) {
                              seen = seen || (id == "a" && doc.FindPath("last_metrics.loss.value"));
                              return true;
                            })
                  .ok());
  EXPECT_TRUE(seen);
}

TEST_F(DerivedTest, SoManyTouchesThatTheyAreNotNoted) {
  for (int i = 0; i < 3; ++i) Put("t" + std::to_string(i), "{}");
  EXPECT_TRUE(Below(10).empty());
  for (int i = 0; i < 20000; ++i) store_->Touch(kTasks, "other" + std::to_string(i));
  Report("t1", 1);
  EXPECT_EQ(Below(10), Ids{"t1"});
}

// Calls back once in the middle of a scan, when the scan's view of the store is fixed.
// Gives all it knows in one walk, of documents that are not there too.
class AtOnce final : public Metrics {
 public:
  bool ReadAll(std::span<const std::string> paths, const Stored& stored,
               const Take& take) const override {
    std::vector<json::Value> values(paths.size());
    int left = stops_after;
    for (const auto& [id, value] : loss) {
      if (left-- == 0) return false;
      if (!stored(id, values)) continue;
      Read(id, paths, values);
      take(id, values);
    }
    ++walks;
    return true;
  }
  void Read(std::string_view id, std::span<const std::string> paths,
            std::span<json::Value> values) const override {
    ++reads;
    Metrics::Read(id, paths, values);
  }
  int stops_after = -1;
  mutable int walks = 0, reads = 0;
};

class AtOnceTest : public StoreTest {
 protected:
  AtOnceTest() : StoreTest(&metrics_) {
    for (const char* id : {"a", "b", "c", "d"}) Put(id, R"({"last_update":50})");
    Put("e", R"({"last_update":150})");
    for (const char* id : {"a", "c", "e", "nobody"}) metrics_.Set(id, id[0] - 'a' + 1.0);
  }
  Ids Updated(int at) { return Where(Predicate::Equals("last_update", at)); }
  void ExpectAllRight() {
    EXPECT_EQ(Where(Predicate::Equals("last_metrics.loss.value", 3)), Ids{"c"});
    EXPECT_EQ(Where(Predicate::Equals("last_metrics.loss.value", nullptr)), (Ids{"b", "d"}));
    EXPECT_EQ(Updated(100), (Ids{"a", "c"}));
    EXPECT_EQ(Updated(50), (Ids{"b", "d"}));
    EXPECT_EQ(Updated(150), Ids{"e"});
  }
  AtOnce metrics_;
};

TEST_F(AtOnceTest, AColumnIsBuiltInOneWalk) {
  ExpectAllRight();
  EXPECT_EQ(metrics_.walks, 2);
  EXPECT_EQ(metrics_.reads, 6);  // of the three that are documents, for each column
}

TEST_F(AtOnceTest, AWalkThatDoesNotReachTheEndIsMadeUpForOneByOne) {
  metrics_.stops_after = 2;
  ExpectAllRight();
  EXPECT_EQ(metrics_.walks, 0);
}

// Runs `then` once, when what is derived of a document has been read and not yet been used.
class Interrupted final : public Metrics {
 public:
  void Merge(std::string_view id, json::Value& doc) const override {
    Metrics::Merge(id, doc);
    if (auto now = std::exchange(then, nullptr)) std::thread(now).join();
  }
  mutable std::function<void()> then;
};

class InterruptedTest : public StoreTest {
 protected:
  InterruptedTest() : StoreTest(&metrics_) {
    Put("a", R"({"last_update":50})");
    Report(1);
  }
  void Report(double value) {
    metrics_.Set("a", value);
    store_->Touch(kTasks, "a");
  }
  Ids With(const char* path, double value) { return Where(Predicate::Equals(path, value)); }
  Interrupted metrics_;
};

TEST_F(InterruptedTest, WhatIsTouchedDuringABuildIsNotLostToAnotherQuery) {
  EXPECT_EQ(With("last_update", 100), Ids{"a"});
  metrics_.then = [this] {
    Report(2);
    // Brings the columns there are up to date; the one being built is none of them yet.
    EXPECT_EQ(With("last_update", 100), Ids{"a"});
  };
  EXPECT_TRUE(With("last_metrics.loss.value", 1).empty());
  EXPECT_EQ(With("last_metrics.loss.value", 2), Ids{"a"});
}

TEST_F(InterruptedTest, ACommitDuringARefreshIsNotOverwritten) {
  EXPECT_EQ(With("last_update", 100), Ids{"a"});
  Report(2);
  metrics_.then = [this] { Put("a", R"({"last_update":200})"); };
  EXPECT_EQ(With("last_update", 200), Ids{"a"});
}

TEST_F(InterruptedTest, TooManyTouchesDuringABuildAreNotLostEither) {
  EXPECT_EQ(With("last_update", 100), Ids{"a"});
  std::thread other;
  metrics_.then = [this, &other] {
    Report(2);
    for (int i = 0; i < 20'000; ++i) store_->Touch(kTasks, std::to_string(i));
    other = std::thread([this] { EXPECT_TRUE(With("last_update", 50).empty()); });
    while (store_->usage().columns > 0) std::this_thread::yield();
  };
  EXPECT_TRUE(With("last_metrics.loss.value", 1).empty());
  EXPECT_EQ(With("last_metrics.loss.value", 2), Ids{"a"});
  other.join();
}

class Pausing final : public DerivedFields {
 public:
  bool Owns(std::string_view path) const override { return path.starts_with("paused"); }
  void Merge(std::string_view, json::Value&) const override {
    if (auto then = std::exchange(during_scan, nullptr)) then();
  }
  mutable std::function<void()> during_scan;
};

class BuildTest : public StoreTest {
 protected:
  BuildTest() : StoreTest(&pausing_) {}
  void ChangeDuringTheNextScan(int more) {
    pausing_.during_scan = [this, more] {
      std::thread([this, more] {
        Put("a", R"({"n":2})");
        Delete("b");
        Put("new", R"({"n":2})");
        for (int i = 0; i < more; ++i) Put("m" + std::to_string(i), R"({"n":2})");
      }).join();
    };
  }
  Pausing pausing_;
};

TEST_F(BuildTest, WhatChangesDuringTheFirstScanIsNotMissed) {
  for (const char* id : {"a", "b", "c"}) Put(id, R"({"n":1})");
  ChangeDuringTheNextScan(0);
  ASSERT_TRUE(store_->Warm(kTasks, {"n", "paused"}).ok());
  EXPECT_EQ(Where(Predicate::Equals("n", 1)), Ids{"c"});
  EXPECT_EQ(Where(Predicate::Equals("n", 2)), (Ids{"a", "new"}));
  EXPECT_EQ(Where(Predicate()), (Ids{"a", "c", "new"}));
}

TEST_F(BuildTest, WhatChangesDuringALaterScanIsNotMissed) {
  for (const char* id : {"a", "b", "c"}) Put(id, R"({"n":1})");
  EXPECT_EQ(Where(Predicate()).size(), 3u);
  ChangeDuringTheNextScan(0);
  ASSERT_TRUE(store_->Warm(kTasks, {"n", "paused"}).ok());
  EXPECT_EQ(Where(Predicate::Equals("n", 1)), Ids{"c"});
  EXPECT_EQ(Where(Predicate::Equals("n", 2)), (Ids{"a", "new"}));
}

TEST_F(BuildTest, ManyChangesDuringAScanAreCaughtUpWithBeforeTheLockIsTaken) {
  for (const char* id : {"a", "b", "c"}) Put(id, R"({"n":1})");
  ChangeDuringTheNextScan(100);
  ASSERT_TRUE(store_->Warm(kTasks, {"n", "paused"}).ok());
  EXPECT_EQ(Where(Predicate::Equals("n", 1)), Ids{"c"});
  EXPECT_EQ(Where(Predicate::Equals("n", 2)).size(), 102u);
}

TEST(Cache, WhatWasReadBeforeAChangeIsNotKept) {
  const auto doc = [](int n) {
    return std::make_shared<const json::Value>(json::Object{{"n", n}});
  };
  Cache cache(1 << 20);
  const uint64_t before = cache.Find("k").stamp;
  cache.Replace("k", nullptr);
  cache.Keep("k", before, doc(1));
  EXPECT_EQ(cache.Find("k").stored, nullptr);
  cache.Keep("k", cache.Find("k").stamp, doc(2));
  EXPECT_EQ(cache.Find("k").stored->At("n").AsInt(), 2);

  const Cache::Hit hit = cache.Find("k");
  cache.DropMerged("k");
  cache.KeepMerged("k", hit.stamp, doc(3));
  EXPECT_EQ(cache.Find("k").merged, nullptr);
  cache.KeepMerged("k", cache.Find("k").stamp, doc(4));
  EXPECT_EQ(cache.Find("k").merged->At("n").AsInt(), 4);
  cache.Replace("k", doc(5));
  EXPECT_EQ(cache.Find("k").merged, nullptr);
  EXPECT_EQ(cache.Find("k").stored->At("n").AsInt(), 5);
  cache.Replace("k", nullptr);
  EXPECT_EQ(cache.bytes(), 0u);
}

class SmallMemoryTest : public StoreTest {
 protected:
  SmallMemoryTest()
      : StoreTest(
            nullptr,
            {.cache_bytes = 64 << 10, .column_bytes_max = 42'000, .column_bytes_per_document = 1}) {
  }
};

TEST_F(SmallMemoryTest, ColumnsUnusedForLongestAreDroppedAndBuiltAgain) {
  ASSERT_TRUE(store_
                  ->Transact([&](Transaction& t) -> Status {
                    for (int i = 0; i < 1000; ++i) {
                      const std::string n = std::to_string(i);
                      FURROW_TRY(t.Put(kTasks, "id" + n,
                                       J(R"({"a":)" + n + R"(,"b":)" + n + R"(,"c":)" + n + "}")));
                    }
                    return {};
                  })
                  .ok());
  for (int round = 0; round < 3; ++round) {
    for (const char* path : {"a", "b", "c"}) {
      EXPECT_EQ(Where(Predicate::Equals(path, 500)), Ids{"id500"});
    }
  }
  EXPECT_LT(store_->usage().columns, 3u);
  // A query that needs more than the bound is answered all the same.
  EXPECT_EQ(Where(Predicate::And(
                {Predicate::Equals("a", 7), Predicate::Equals("b", 7), Predicate::Equals("c", 7)})),
            Ids{"id7"});
}

TEST_F(SmallMemoryTest, ColumnsAreBoundedInNumber) {
  Put("a", R"({"n":1})");
  for (int i = 0; i < 400; ++i) {
    EXPECT_TRUE(Where(Predicate::Equals("absent" + std::to_string(i), 1)).empty());
  }
  EXPECT_LE(store_->usage().columns, 256u);
}

TEST_F(SmallMemoryTest, TheCacheStaysWithinItsBound) {
  for (int i = 0; i < 500; ++i) {
    Put("id" + std::to_string(i), R"({"t":")" + std::string(500, 'x') + "\"}");
    EXPECT_LE(store_->usage().cache_bytes, size_t{64} << 10);
  }
  Put("huge", R"({"t":")" + std::string(100'000, 'x') + "\"}");
  EXPECT_EQ(store_->Get(kTasks, "huge")->At("t").AsString().size(), 100'000u);
  EXPECT_LE(store_->usage().cache_bytes, size_t{64} << 10);
  EXPECT_EQ(store_->Get(kTasks, "id3")->At("t").AsString().size(), 500u);
}

TEST_F(DocsTest, QueriesWhileWritersWork) {
  // Invariant under every commit: of each pair exactly one half is "on".
  constexpr int kPairs = 50;
  const auto put = [&](Transaction& t, int pair, bool first_on) -> Status {
    for (int half = 0; half < 2; ++half) {
      const bool on = (half == 0) == first_on;
      FURROW_TRY(t.Put(kTasks, "p" + std::to_string(pair) + (half ? "b" : "a"),
                       J(std::string(R"({"state":")") + (on ? "on" : "off") +
                         "\",\"pair\":" + std::to_string(pair) + "}")));
    }
    return {};
  };
  for (int pair = 0; pair < kPairs; ++pair) {
    ASSERT_TRUE(store_->Transact([&](Transaction& t) { return put(t, pair, true); }).ok());
  }
  std::atomic<bool> stop{false};
  std::atomic<int> found{0};
  std::thread reader([&] {
    while (!stop) {
      const auto n = store_->Count(kTasks, Predicate::Equals("state", "on"));
      ASSERT_TRUE(n.ok());
      EXPECT_EQ(*n, kPairs);
      const auto page = store_->Find(kTasks, {.order = {{.path = "pair"}}, .limit = 10});
      ASSERT_TRUE(page.ok());
      EXPECT_EQ(page->docs.size(), 10u);
      ++found;
    }
  });
  std::thread poller([&] {
    while (!stop) {
      const auto doc = store_->GetShared(kTasks, "p7a");
      ASSERT_TRUE(doc.ok());
      EXPECT_EQ((*doc)->At("pair").AsInt(), 7);
    }
  });
  for (int i = 0; i < 2000 || found < 20; ++i) {
    ASSERT_TRUE(store_->Transact([&](Transaction& t) { return put(t, i % kPairs, i % 2); }).ok());
    // What is answered is seen by whoever reads next.
    ASSERT_EQ(store_->Get(kTasks, "p" + std::to_string(i % kPairs) + "a")->At("state").AsString(),
              i % 2 ? "on" : "off");
  }
  stop = true;
  reader.join();
  poller.join();
}

TEST_F(DocsTest, ColumnsBuiltWhileWritersWorkMissNothing) {
  for (int round = 0; round < 5; ++round) {
    Open();  // no rows, no columns: the query has all to build
    std::atomic<bool> stop{false};
    std::thread writer([&] {
      for (int i = 0; !stop; ++i) {
        const std::string id = "w" + std::to_string(i % 300);
        ASSERT_TRUE(store_
                        ->Transact([&](Transaction& t) -> Status {
                          if (i % 7 == 0 && t.Exists(kTasks, id)) return t.Delete(kTasks, id);
                          return t.Put(kTasks, id,
                                       J(R"({"round":)" + std::to_string(round) + R"(,"odd":)" +
                                         (i % 2 ? "true" : "false") + "}"));
                        })
                        .ok());
      }
    });
    for (const char* path : {"round", "odd", "absent"}) {
      ASSERT_TRUE(store_->FindIds(kTasks, {.where = Predicate::Equals(path, true)}).ok());
    }
    stop = true;
    writer.join();
    std::map<std::string, bool> truth;
    ASSERT_TRUE(store_
                    ->ForEach(kTasks,
                              [&](std::string_view id, const json::Value& doc) {
                                truth[std::string(id)] = doc.At("odd").AsBool();
                                return true;
                              })
                    .ok());
    Ids odd, all;
    for (const auto& [id, is_odd] : truth) {
      all.push_back(id);
      if (is_odd) odd.push_back(id);
    }
    EXPECT_EQ(Where(Predicate::Equals("odd", true)), odd);
    EXPECT_EQ(Where(Predicate()), all);
  }
}

TEST_F(StoreTest, AnotherMayWriteTheBatchWithChangesOfItsOwn) {
  Put("1", R"({"name": "old"})");
  const auto change = [&](Status answer) {
    return store_->Transact([&](Transaction& t) -> Status {
      FURROW_TRY(t.Put(kTasks, "1", J(R"({"name": "new"})")));
      t.WriteBy([&, answer](store::Batch&& batch) -> Status {
        if (!answer.ok()) return answer;
        batch.Put(store::Family::kMeta, "beside", "it");
        return engine_->Write(std::move(batch)).status();
      });
      return {};
    });
  };
  EXPECT_EQ(change(Status(Code::kResourceExhausted, "later")).code(), Code::kResourceExhausted);
  EXPECT_EQ(store_->Get(kTasks, "1")->At("name").AsString(), "old");
  EXPECT_EQ(Find({.where = Predicate::Equals("name", "old")}), Ids{"1"});
  ASSERT_TRUE(change({}).ok());
  EXPECT_EQ(store_->Get(kTasks, "1")->At("name").AsString(), "new");
  EXPECT_EQ(Find({.where = Predicate::Equals("name", "new")}), Ids{"1"});
  EXPECT_EQ(engine_->Get(store::Family::kMeta, "beside")->value_or(""), "it");
}

}  // namespace
}  // namespace furrow::docs
