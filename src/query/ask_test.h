// SPDX-License-Identifier: Apache-2.0
// Documents in a store and requests asked of them, for tests.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/id.h"
#include "json/text.h"
#include "query/compile.h"
#include "query/entities.h"
#include "store/docs/docs.h"

namespace furrow::query {

using Ids = std::vector<std::string>;

inline json::Value J(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? *value : json::Value();
}

class AskTest : public testing::Test {
 protected:
  AskTest() : dir_(testing::TempDir() + "query_" + NewId()) {
    auto engine = store::Engine::Open(dir_, {});
    EXPECT_TRUE(engine.ok()) << engine.status().ToString();
    engine_ = std::move(*engine);
    store_ = std::make_unique<docs::Store>(*engine_, std::vector<docs::Collection>{{"thing"}});
  }
  ~AskTest() override {
    store_.reset();
    engine_.reset();
    std::filesystem::remove_all(dir_);
  }
  /// Documents by id: {"a": {...}, "b": {...}}.
  void Have(std::string_view docs) {
    const Status s = store_->Transact([&](docs::Transaction& t) -> Status {
      const json::Value all = J(docs);
      for (const json::Member& m : all.object()) {
        json::Value doc = m.value;
        doc["id"] = m.key;
        FURROW_TRY(t.Put(0, m.key, doc));
      }
      return {};
    });
    ASSERT_TRUE(s.ok()) << s.ToString();
  }
  Ids Ask(std::string_view request, const EntitySchema& schema = kTaskSchema) {
    const auto plan = Compile(schema, J(request), context_);
    EXPECT_TRUE(plan.ok()) << request << ": " << plan.status().ToString();
    if (!plan.ok()) return {"error"};
    const auto ids = store_->FindIds(0, *plan);
    EXPECT_TRUE(ids.ok()) << request << ": " << ids.status().ToString();
    return ids.ok() ? *ids : Ids{"error"};
  }
  /// HTTP code * 10000 + subcode of the refusal; 0 when it is none.
  uint32_t Refused(std::string_view request, const EntitySchema& schema = kTaskSchema) {
    return Compile(schema, J(request), context_).status().wire();
  }

  std::string dir_;
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<docs::Store> store_;
  CompileContext context_;
};

/// A line of a table of cases: a request and the ids it finds.
struct Case {
  std::string_view request;
  Ids ids;
};

}  // namespace furrow::query
