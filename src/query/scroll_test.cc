// SPDX-License-Identifier: Apache-2.0
#include "query/scroll.h"

#include <map>

#include <gtest/gtest.h>

#include "query/ask_test.h"

namespace furrow::query {
namespace {

class MovedClock final : public Clock {
 public:
  Micros Now() const override { return 0; }
  std::chrono::steady_clock::time_point Steady() const override { return now; }
  std::chrono::steady_clock::time_point now{};
};

class ScrollTest : public AskTest {
 protected:
  void SetUp() override {
    for (int i = 0; i < 10; ++i) {
      Have("{\"" + std::string(i % 2 ? 31 : 3, '0') + std::to_string(i) + R"(": {"n": )" +
           std::to_string(i) + "}}");
    }
  }
  /// The `n` of each document of the next batch; the cursor goes into `id`.
  std::vector<int64_t> Next(std::string& id, std::string_view more = "") {
    const json::Value request =
        J("{\"order_by\": [\"n\"], \"scroll_id\": " +
          (id.empty() ? std::string("null") : "\"" + id + "\"") + std::string(more) + "}");
    const auto scroll = Scrolls::Read(request);
    EXPECT_TRUE(scroll.ok() && *scroll);
    const auto plan = Compile(kTaskSchema, request, {});
    const auto batch = scrolls_.Next(*store_, 0, *plan, **scroll);
    wire_ = batch.status().wire();
    std::vector<int64_t> numbers;
    if (!batch.ok()) return numbers;
    id = batch->scroll_id;
    EXPECT_EQ(batch->page.docs.size(), batch->page.ids.size());
    for (const auto& doc : batch->page.docs) numbers.push_back(doc->At("n").AsInt());
    return numbers;
  }
  using Numbers = std::vector<int64_t>;

  MovedClock clock_;
  Scrolls scrolls_{clock_,
                   {.idle_max = std::chrono::seconds(600), .cursors_max = 3, .bytes_max = 4000}};
  uint32_t wire_ = 0;
};

TEST_F(ScrollTest, WalksToTheEnd) {
  std::string id;
  EXPECT_EQ(Next(id, R"(, "size": 4)"), (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(id.size(), 32u);
  const std::string first = id;
  EXPECT_EQ(Next(id, R"(, "size": 4)"), (Numbers{4, 5, 6, 7}));
  EXPECT_EQ(Next(id, R"(, "size": 4)"), (Numbers{8, 9}));
  EXPECT_EQ(Next(id, R"(, "size": 4)"), Numbers{});
  EXPECT_EQ(id, first);
  EXPECT_EQ(wire_, 0u);
}

TEST_F(ScrollTest, ChangesOnTheWayMoveNothing) {
  std::string id;
  EXPECT_EQ(Next(id, R"(, "size": 2)"), (Numbers{0, 1}));
  Have(R"({"0000": {"n": 100}, "new": {"n": -1}})");
  ASSERT_TRUE(store_->Transact([&](docs::Transaction& t) { return t.Delete(0, "0002"); }).ok());
  // What is gone is passed over, and the batch is full all the same.
  EXPECT_EQ(Next(id, R"(, "size": 3)"), (Numbers{3, 4, 5}));
}

TEST_F(ScrollTest, ALongWalkGivesEachDocumentOnceWhateverChanges) {
  json::Value docs = json::Object();
  for (int i = 10; i < 4000; ++i) docs["d" + std::to_string(i)] = json::Object{{"n", i}};
  Have(json::Write(docs));
  std::string id;
  std::map<int64_t, int> given;
  int batches = 0;
  for (;; ++batches) {
    const Numbers batch = Next(id, R"(, "size": 170)");
    if (batch.empty()) break;
    for (const int64_t n : batch) ++given[n];
    // One document goes behind all, one from the end to the front, one goes away.
    const std::string first = "d" + std::to_string(20 + batches),
                      last = std::to_string(3900 - batches);
    Have("{\"" + first + "\": {\"n\": " + std::to_string(5000 + batches) + "}, \"d" + last +
         "\": {\"n\": " + std::to_string(-1 - batches) + "}}");
    ASSERT_TRUE(store_
                    ->Transact([&](docs::Transaction& t) {
                      return t.Delete(0, "d" + std::to_string(3500 - batches));
                    })
                    .ok());
  }
  EXPECT_GT(batches, 20);
  int twice = 0, untouched = 0;
  for (const auto& [n, times] : given) twice += times > 1;
  for (int64_t n = 100; n < 3400; ++n) untouched += given[n] == 1;
  EXPECT_EQ(twice, 0);
  EXPECT_EQ(untouched, 3300);
  // Those that went to the front were given there or before they went.
  for (int i = 0; i < batches; ++i) EXPECT_EQ(given[3900 - i] + given[-1 - i], 1) << i;
}

TEST_F(ScrollTest, RefreshGivesAgainAllThatWasGiven) {
  std::string id;
  Next(id, R"(, "size": 2)");
  Next(id, R"(, "size": 2)");
  Have(R"({"new": {"n": -1}})");
  const std::string before = id;
  EXPECT_EQ(Next(id, R"(, "size": 2, "refresh_scroll": true)"), (Numbers{-1, 0, 1, 2}));
  EXPECT_EQ(id, before);
  EXPECT_EQ(Next(id, R"(, "size": 2)"), (Numbers{3, 4}));
}

TEST_F(ScrollTest, ABadIdIs400Slash1104) {
  std::string id(32, 'a');
  EXPECT_EQ(Next(id, R"(, "size": 4)"), Numbers{});
  EXPECT_EQ(wire_, 4001104u);
  EXPECT_EQ(Scrolls::Read(J(R"({"scroll_id": 5})")).status().wire(), 4001104u);
  EXPECT_EQ(Scrolls::Read(J(R"({"scroll_id": null, "size": 0})")).status().wire(), 4000012u);
  EXPECT_EQ(Scrolls::Read(J(R"({"scroll_id": null, "size": "x"})")).status().wire(), 4000012u);
}

TEST_F(ScrollTest, OnlyRequestsThatSaySoScroll) {
  EXPECT_FALSE(Scrolls::Read(J("{}"))->has_value());
  EXPECT_FALSE(Scrolls::Read(J(R"({"page": 1, "page_size": 10, "size": null})"))->has_value());
  EXPECT_TRUE(Scrolls::Read(J(R"({"size": 10})"))->has_value());
  const auto read = Scrolls::Read(J(R"({"scroll_id": null})"));
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ((*read)->size, 500);
  EXPECT_EQ((*Scrolls::Read(J(R"({"size": 5000})")))->size, 5000);
  EXPECT_EQ((*Scrolls::Read(J(R"({"size": 5000000})")))->size, 10000);
}

TEST_F(ScrollTest, ACursorLivesSixHundredSecondsFromItsLastUse) {
  std::string id;
  Next(id, R"(, "size": 2)");
  clock_.now += std::chrono::seconds(599);
  EXPECT_EQ(Next(id, R"(, "size": 2)"), (Numbers{2, 3}));
  clock_.now += std::chrono::seconds(599);
  EXPECT_EQ(Next(id, R"(, "size": 2)"), (Numbers{4, 5}));
  clock_.now += std::chrono::seconds(601);
  Next(id, R"(, "size": 2)");
  EXPECT_EQ(wire_, 4001104u);
  EXPECT_EQ(scrolls_.cursors(), 0u);
  EXPECT_EQ(scrolls_.bytes(), 0u);
}

TEST_F(ScrollTest, CursorsAreBoundedInNumber) {
  std::vector<std::string> ids(5);
  for (std::string& id : ids) Next(id, R"(, "size": 2)");
  EXPECT_EQ(scrolls_.cursors(), 3u);
  Next(ids[0]);
  EXPECT_EQ(wire_, 4001104u);
  EXPECT_EQ(Next(ids[4], R"(, "size": 2)"), (Numbers{2, 3}));
}

TEST_F(ScrollTest, CursorsAreBoundedInBytes) {
  json::Value docs = json::Object();
  for (int i = 0; i < 150; ++i)
    docs[std::to_string(1000 + i) + std::string(8, 'x')] = json::Object{{"n", 50 + i}};
  Have(json::Write(docs));
  std::vector<std::string> ids(3);
  for (std::string& id : ids) {
    Next(id, R"(, "size": 2)");
    EXPECT_LE(scrolls_.bytes(), 4000u);
  }
  EXPECT_LT(scrolls_.cursors(), 3u);
  EXPECT_EQ(Next(ids[2], R"(, "size": 2)"), (Numbers{2, 3}));
}

TEST_F(ScrollTest, ACursorIsOfItsOwnCollection) {
  std::string id;
  Next(id, R"(, "size": 2)");
  EXPECT_EQ(scrolls_.Next(*store_, 1, {}, {.scroll_id = id, .size = 1}).status().wire(), 4001104u);
}

}  // namespace
}  // namespace furrow::query
