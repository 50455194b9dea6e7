// SPDX-License-Identifier: Apache-2.0
// For tests of services: real stores in a directory of their own, a clock that tests move, and
// calls through a service's route table as the dispatcher would make them.
//
//   class ModelsTest : public entities::World {
//    protected:
//     ModelsTest() { AddEndpoints(context_, endpoints); }
//     Context context_{core, lister};
//   };
//   TEST_F(ModelsTest, …) { EXPECT_EQ(Call("models.get_by_id", R"({"model":"x"})").code(),
//   "400/201"); }
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "api/call.h"
#include "base/id.h"
#include "entities/core.h"
#include "entities/listing.h"
#include "entities/run_metrics.h"
#include "json/text.h"

namespace furrow::entities {

class TestClock final : public Clock {
 public:
  Micros Now() const override { return now; }
  std::chrono::steady_clock::time_point Steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::microseconds(now));
  }
  Micros now = 1'795'000'000'000'000;  // in November 2026
};

/// The JSON value of a text that the test itself wrote.
inline json::Value J(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.ok()) << text;
  return value.ok() ? std::move(value).value() : json::Value();
}

/// `doc` with the members of an object written over its own.
inline json::Value With(json::Value doc, std::string_view members) {
  const json::Value over = J(members);
  for (const json::Member& m : over.object()) doc[m.key] = m.value;
  return doc;
}

/// What a call answered.
struct Answer {
  Status status;
  json::Value data;
  http::Headers headers;

  /// "200", or HTTP code and subcode of the error, "400/201".
  std::string code() const {
    if (status.ok()) return "200";
    const api::WireCode wire = api::ToWire(status);
    return std::to_string(wire.http) + "/" + std::to_string(wire.subcode);
  }
  const json::Value& At(std::string_view member) const { return data.At(member); }
  /// Dotted; null when there is none.
  json::Value Path(std::string_view dotted) const {
    const json::Value* found = data.FindPath(dotted);
    return found ? *found : json::Value();
  }
};

class World : public testing::Test {
 protected:
  World()
      : dir_(testing::TempDir() + "world_" + NewId()),
        engine_(OpenEngine(dir_)),
        docs_(std::make_unique<docs::Store>(*engine_, Collections(&metrics_, &metrics_))),
        events_(OpenEvents(*engine_, clock)),
        core{.docs = *docs_,
             .events = *events_,
             .clock = clock,
             .company_id = NewId(),
             .company_name = "field lab",
             .server_uid = NewId(),
             .files_url = "http://127.0.0.1:8081"},
        scrolls_(clock),
        lister(core, scrolls_) {
    metrics_.Attach(events_.get());
    events_->OnStatsChanged([this](std::string_view owner) {
      docs_->Touch(kTasks, owner);
      docs_->Touch(kModels, owner);
    });
    identity = {.user_id = NewId(),
                .user_name = "jane",
                .company_id = core.company_id,
                .company_name = core.company_name,
                .role = auth::Role::kAdmin};
    Put(kUsers,
        json::Object{{"id", identity.user_id}, {"name", "jane"}, {"company", core.company_id}});
  }
  ~World() override {
    events_.reset();
    docs_.reset();
    engine_.reset();
    std::filesystem::remove_all(dir_);
  }

  /// Calls an endpoint of `endpoints` by its name, in a version ("" for the newest).
  Answer Call(std::string_view name, std::string_view request, std::string_view version = "") {
    api::Call call;
    call.identity = identity;
    call.request = J(request.empty() ? "{}" : request);
    call.raw_body = request;
    call.version = version.empty() ? api::kNewest : api::ParseVersion(version).value();
    call.head = &head;
    call.now = clock.now;
    const api::Endpoint* best = nullptr;
    for (const api::Endpoint& e : endpoints) {
      if (e.name == name && e.since <= call.version && (!best || best->since < e.since)) best = &e;
    }
    Answer answer;
    if (!best) {
      answer.status = api::Fail(api::kNotFound, name);
      return answer;
    }
    answer.status = best->run(call);
    if (answer.status.ok()) answer.status = call.Check();
    if (answer.status.ok()) answer.data = std::move(call.response);
    answer.headers = call.response_headers;
    return answer;
  }

  /// Stores a document under its id, given or made; returns the id.
  std::string Put(docs::CollectionId collection, json::Value doc) {
    if (!doc.At("id").IsString()) doc["id"] = NewId();
    const std::string id = doc.At("id").AsString();
    const Status done = docs_->Transact(
        [&](docs::Transaction& t) { return t.Put(collection, id, std::move(doc)); });
    EXPECT_TRUE(done.ok()) << done.ToString();
    return id;
  }
  /// The document as stored, with derived members; null when there is none.
  json::Value Get(docs::CollectionId collection, const std::string& id) const {
    auto doc = docs_->Get(collection, id);
    return doc.ok() ? std::move(doc).value() : json::Value();
  }
  /// Reports a scalar for a task or model.
  void Report(const std::string& owner, std::string_view metric, std::string_view variant,
              double value) {
    events::OwnerBatch batch{.owner = owner};
    batch.scalars.push_back({.metric = metric,
                             .variant = variant,
                             .iter = 1,
                             .time_ms = clock.now / 1000,
                             .value = value});
    const auto added = events_->Append({batch}, {});
    EXPECT_TRUE(added.ok()) << added.status().ToString();
  }

  TestClock clock;

 private:
  static std::unique_ptr<store::Engine> OpenEngine(const std::string& dir) {
    auto engine = store::Engine::Open(dir, {});
    if (!engine.ok()) throw std::runtime_error(engine.status().ToString());
    return std::move(engine).value();
  }
  static std::unique_ptr<events::Store> OpenEvents(store::Engine& engine, const Clock& clock) {
    auto events = events::Store::Open(engine, clock);
    if (!events.ok()) throw std::runtime_error(events.status().ToString());
    return std::move(events).value();
  }

  const std::string dir_;
  RunMetrics metrics_;
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<docs::Store> docs_;
  std::unique_ptr<events::Store> events_;

 protected:
  Core core;

 private:
  query::Scrolls scrolls_;

 protected:
  Lister lister;
  std::vector<api::Endpoint> endpoints;
  auth::Identity identity;
  http::RequestHead head;
};

}  // namespace furrow::entities
