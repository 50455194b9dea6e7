// SPDX-License-Identifier: Apache-2.0
// An event store in a directory of its own that tests can kill and reopen, and short hands for
// filling it.
#pragma once

#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/events/events.h"

namespace furrow::events {

using PointList = std::vector<std::pair<int64_t, double>>;

class TestClock : public Clock {
 public:
  Micros Now() const override { return 1'780'000'000'000'000 + offset_ * 1'000'000; }
  std::chrono::steady_clock::time_point Steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1) +
                                                 std::chrono::seconds(offset_));
  }
  void Advance(std::chrono::seconds by) { offset_ += by.count(); }

 private:
  std::atomic<int64_t> offset_{0};
};

class TestStore {
 public:
  TestStore() {
    char name[] = "/tmp/furrow-events-XXXXXX";
    base_ = mkdtemp(name);
    options_.background = false;
    options_.fold_on_close = false;
    options_.fold_owners_per_write = 2;
    options_.before_fold_write = [this]() -> Status {
      if (!writes_left_ || (*writes_left_)-- > 0) return {};
      return {Code::kUnavailable, "the test's disk is full"};
    };
    Open();
  }
  ~TestStore() {
    store_.reset();
    engine_.reset();
    std::filesystem::remove_all(base_);
  }

  /// Goes on with a copy of the files as they lie on the disk now: what a kill would have left.
  void Kill() {
    const std::string copy = base_ + "/" + std::to_string(++generation_);
    // The engine works in the background: a copy counts only when no file came or went meanwhile.
    for (;;) {
      const auto before = Listing();
      std::error_code error;
      std::filesystem::remove_all(copy);
      std::filesystem::copy(dir_, copy, std::filesystem::copy_options::recursive, error);
      if (!error && Listing() == before) break;
    }
    store_.reset();
    engine_.reset();
    std::filesystem::remove_all(dir_);
    dir_ = copy;
    Open();
  }
  /// A fold that stops with an error before its write number `writes`.
  void FoldUntil(int writes) {
    writes_left_ = writes;
    (void)store_->Fold();
    writes_left_.reset();
  }
  /// Stops in order, folding, and opens again.
  void Reopen() { Reopen(options_); }
  void Reopen(const Options& options) {
    EXPECT_TRUE(store_->Fold().ok());
    store_.reset();
    engine_.reset();
    options_ = options;
    Open();
  }

  Store& store() { return *store_; }
  store::Engine& engine() { return *engine_; }
  TestClock& clock() { return clock_; }
  const Options& options() const { return options_; }

  static AppendOptions Monitors() {
    AppendOptions options;
    options.is_monitor = [](std::string_view metric) { return metric.starts_with(":monitor:"); };
    return options;
  }
  void Append(const std::string& owner, std::string_view worker,
              const std::vector<Scalar>& scalars) {
    OwnerBatch batch;
    batch.owner = owner;
    batch.worker = worker;
    batch.scalars = scalars;
    Apply(batch);
  }
  void Scalars(const std::string& owner, std::string_view metric, std::string_view variant,
               const PointList& points) {
    std::vector<Scalar> scalars;
    for (const auto& [iter, value] : points) {
      scalars.push_back({metric, variant, iter, 1000 + iter % 1'000'000, value, ""});
    }
    Append(owner, "worker", scalars);
  }
  void Logs(const std::string& owner, const std::vector<LogLine>& lines) {
    OwnerBatch batch;
    batch.owner = owner;
    batch.logs = lines;
    Apply(batch);
  }
  void Rich(const std::string& owner, RichType type, std::string_view metric,
            std::string_view variant, int64_t iter, std::string_view json,
            std::string_view key = "") {
    OwnerBatch batch;
    batch.owner = owner;
    batch.rich = {{type, metric, variant, key, iter, 0, json}};
    Apply(batch);
  }
  void Delete(const std::string& owner) {
    store::Batch batch;
    store_->Delete(owner, batch);
    EXPECT_TRUE(engine_->Write(std::move(batch)).ok());
    store_->Forget(owner);
  }

  PointList Curve(const std::string& owner, std::string_view metric, std::string_view variant) {
    const auto curve = store_->Curve(owner, metric, variant);
    EXPECT_TRUE(curve.ok()) << curve.status().ToString();
    PointList out;
    for (size_t i = 0; curve.ok() && i < curve->size(); ++i) {
      out.emplace_back(curve->iter[i], curve->value[i]);
    }
    return out;
  }
  size_t CountKeys(store::Family family) {
    store::Cursor cursor = engine_->Scan(family, "");
    size_t n = 0;
    for (cursor.Seek(""); cursor.valid(); cursor.Next()) ++n;
    EXPECT_TRUE(cursor.status().ok());
    return n;
  }

 private:
  std::map<std::string, uintmax_t> Listing() const {
    std::map<std::string, uintmax_t> files;
    for (const auto& entry : std::filesystem::directory_iterator(dir_)) {
      std::error_code error;
      const auto name = entry.path().filename().string();
      // The engine's own text log says nothing about its state.
      if (!name.starts_with("LOG")) files[name] = entry.file_size(error);
    }
    return files;
  }
  void Apply(const OwnerBatch& batch) {
    const auto applied = store_->Append({batch}, Monitors());
    ASSERT_TRUE(applied.ok()) << applied.status().ToString();
    EXPECT_TRUE(*applied);
  }
  void Open() {
    if (dir_.empty()) dir_ = base_ + "/0";
    auto engine = store::Engine::Open(dir_, {});
    ASSERT_TRUE(engine.ok()) << engine.status().ToString();
    engine_ = std::move(engine).value();
    auto opened = Store::Open(*engine_, clock_, options_);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = std::move(opened).value();
  }

  std::string base_, dir_;
  int generation_ = 0;
  std::optional<int> writes_left_;
  Options options_;
  TestClock clock_;
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<Store> store_;
};

}  // namespace furrow::events
