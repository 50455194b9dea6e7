// SPDX-License-Identifier: Apache-2.0
#include "store/docs/docs.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/id.h"
#include "json/text.h"

namespace furrow::docs {
namespace {

constexpr CollectionId kTasks = 0, kProjects = 1;

json::Value J(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *value : json::Value();
}

class DocsTest : public testing::Test {
 protected:
  DocsTest() : dir_(testing::TempDir() + "docs_" + NewId()) { Open(); }
  ~DocsTest() override {
    store_.reset();
    engine_.reset();
    std::filesystem::remove_all(dir_);
  }
  void Open() {
    store_.reset();
    engine_.reset();
    auto engine = store::Engine::Open(dir_, {});
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    engine_ = std::move(*engine);
    store_ = std::make_unique<Store>(*engine_, std::vector<Collection>{{"task"}, {"project"}});
  }
  void Put(std::string_view id, std::string_view text, CollectionId collection = kTasks) {
    const Status s =
        store_->Transact([&](Transaction& t) { return t.Put(collection, id, J(text)); });
    ASSERT_TRUE(s.ok()) << s.ToString();
  }

  std::string dir_;
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<Store> store_;
};

TEST_F(DocsTest, PutThenGet) {
  Put("a", R"({"name":"one"})");
  auto doc = store_->Get(kTasks, "a");
  ASSERT_TRUE(doc.ok());
  EXPECT_EQ(doc->At("name").AsString(), "one");
  EXPECT_EQ(store_->Get(kTasks, "b").status().code(), Code::kNotFound);
  EXPECT_EQ(store_->Get(kProjects, "a").status().code(), Code::kNotFound);
  Open();
  EXPECT_EQ(store_->Get(kTasks, "a")->At("name").AsString(), "one");
}

TEST_F(DocsTest, FindsByEquality) {
  Put("a", R"({"n":1})");
  Put("b", R"({"n":2})");
  Put("c", R"({"n":1})");
  auto ids = store_->FindIds(kTasks, {.where = Predicate::Equals("n", 1)});
  ASSERT_TRUE(ids.ok()) << ids.status().ToString();
  EXPECT_EQ(*ids, (std::vector<std::string>{"a", "c"}));
  Put("b", R"({"n":1})");
  EXPECT_EQ(store_->FindIds(kTasks, {.where = Predicate::Equals("n", 1)})->size(), 3u);
}

TEST_F(DocsTest, ScansTheFieldsOfMatches) {
  Put("a", R"({"n":1,"t":["x","y"],"at":"2026-11-23T20:31:43.123456+00:00"})");
  Put("b", R"({"n":2,"t":[]})");
  Put("c", R"({"n":1})");
  int64_t rows = 0, tags = 0, times = 0, numbers = 0;
  const Status s = store_->Scan(kTasks, {"n", "t", "at"}, Predicate::Equals("n", 1),
                                [&](const std::vector<Found>& values) {
                                  ++rows;
                                  numbers += values[0].scalars.at(0).whole;
                                  tags += static_cast<int64_t>(values[1].scalars.size());
                                  for (const Scalar& at : values[2].scalars) times += at.whole;
                                });
  ASSERT_TRUE(s.ok()) << s.ToString();
  EXPECT_EQ(rows, 2);
  EXPECT_EQ(numbers, 2);
  EXPECT_EQ(tags, 2);
  EXPECT_EQ(times, *FixedTime("2026-11-23T20:31:43.123456+00:00"));
}

}  // namespace
}  // namespace furrow::docs
