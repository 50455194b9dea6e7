// SPDX-License-Identifier: Apache-2.0
// A store in a directory of its own, for tests.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/id.h"
#include "json/text.h"
#include "store/docs/docs.h"

namespace furrow::docs {

constexpr CollectionId kTasks = 0, kProjects = 1;

inline json::Value J(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *value : json::Value();
}

using Ids = std::vector<std::string>;

class StoreTest : public testing::Test {
 protected:
  explicit StoreTest(const DerivedFields* derived = nullptr, StoreOptions options = {})
      : derived_(derived), options_(options), dir_(testing::TempDir() + "docs_" + NewId()) {
    Open();
  }
  ~StoreTest() override {
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
    store_ = std::make_unique<Store>(
        *engine_, std::vector<Collection>{{"task", derived_}, {"project"}}, options_);
  }
  void Put(std::string_view id, std::string_view text, CollectionId collection = kTasks) {
    const Status s =
        store_->Transact([&](Transaction& t) { return t.Put(collection, id, J(text)); });
    ASSERT_TRUE(s.ok()) << s.ToString();
  }
  void Delete(std::string_view id) {
    const Status s = store_->Transact([&](Transaction& t) { return t.Delete(kTasks, id); });
    ASSERT_TRUE(s.ok()) << s.ToString();
  }
  Ids Find(const Plan& plan) {
    const auto ids = store_->FindIds(kTasks, plan);
    EXPECT_TRUE(ids.ok()) << ids.status().ToString();
    return ids.ok() ? *ids : Ids{"error"};
  }
  Ids Where(Predicate where) { return Find({.where = std::move(where)}); }
  Ids Ordered(std::vector<OrderBy> order) { return Find({.order = std::move(order)}); }

  const DerivedFields* derived_;
  StoreOptions options_;
  std::string dir_;
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<Store> store_;
};

}  // namespace furrow::docs
