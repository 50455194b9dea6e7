// SPDX-License-Identifier: Apache-2.0
// Writers, readers, deletions and the background's folds at once. Worth most under the thread
// sanitizer.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "store/events/test_store.h"

namespace furrow::events {
namespace {

std::string Owner(int i) { return std::string(30, 'c') + std::to_string(10 + i); }

TEST(EventsThreadsTest, ReadersSeeEveryAnsweredWriteWhateverFoldsMeanwhile) {
  TestStore s;
  Options options = s.options();
  options.background = true;
  options.unfolded_bytes_max = 20'000;
  options.owners_bytes_max = 1;
  options.owner_idle = std::chrono::seconds(0);
  s.Reopen(options);

  constexpr int kWriters = 3, kBatches = 150, kPoints = 40;
  std::vector<std::thread> threads;
  std::atomic<int> running{kWriters};
  std::array<std::atomic<int64_t>, kWriters> answered{};
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      const std::string owner = Owner(w), shared = Owner(60);
      for (int b = 0; b < kBatches;) {
        OwnerBatch mine, common;
        mine.owner = owner;
        common.owner = shared;
        const std::string variant = "w" + std::to_string(w);
        for (int i = 0; i < kPoints; ++i) {
          mine.scalars.push_back({"m", "v", b * kPoints + i, b, 0.5 * i, ""});
          common.scalars.push_back({"m", variant, b * kPoints + i, b, 0.5 * i, ""});
        }
        mine.logs.push_back({b, "info", "w", "line"});
        const auto applied = s.store().Append({mine, common}, {});
        if (!applied.ok()) {
          ASSERT_EQ(applied.status().code(), Code::kResourceExhausted);
          std::this_thread::yield();
          continue;
        }
        ++b;
        answered[static_cast<size_t>(w)] = b * kPoints;
      }
      --running;
    });
  }
  threads.emplace_back([&] {
    while (running > 0) {
      for (int w = 0; w < kWriters; ++w) {
        const int64_t before = answered[static_cast<size_t>(w)];
        const auto curve = s.store().Curve(Owner(w), "m", "v");
        ASSERT_TRUE(curve.ok()) << curve.status().ToString();
        ASSERT_GE(static_cast<int64_t>(curve->size()), before);
        for (size_t i = 0; i < curve->size(); ++i) {
          ASSERT_EQ(curve->iter[i], static_cast<int64_t>(i));
        }
        const auto stats = s.store().Stats(Owner(60));
        ASSERT_TRUE(stats == nullptr || stats->series.size() <= 3);
        (void)s.store().usage();
      }
    }
  });
  threads.emplace_back([&] {
    while (running > 0) ASSERT_TRUE(s.store().Fold().ok());
  });
  threads.emplace_back([&] {
    const std::string owner = Owner(50);  // comes and goes
    while (running > 0) {
      OwnerBatch batch;
      batch.owner = owner;
      batch.scalars = {{"m", "v", 1, 1, 1.0, ""}};
      const auto applied = s.store().Append({batch}, {});
      if (!applied.ok()) continue;
      ASSERT_EQ(s.store().Curve(owner, "m", "v")->size(), 1u);
      s.Delete(owner);
      ASSERT_EQ(s.store().Curve(owner, "m", "v")->size(), 0u);
    }
  });
  for (std::thread& t : threads) t.join();

  for (int round = 0; round < 2; ++round) {
    for (int w = 0; w < kWriters; ++w) {
      EXPECT_EQ(s.store().Curve(Owner(w), "m", "v")->size(), size_t{kBatches * kPoints});
      EXPECT_EQ(s.store().Curve(Owner(60), "m", "w" + std::to_string(w))->size(),
                size_t{kBatches * kPoints});
      EXPECT_EQ(*s.store().LogCount(Owner(w)), uint64_t{kBatches});
      EXPECT_EQ(s.store().Stats(Owner(w))->series[0].count, kBatches * kPoints);
    }
    EXPECT_EQ(s.store().Stats(Owner(50)), nullptr);
    s.Kill();
  }
}

TEST(EventsThreadsTest, TheSameBatchFromManyClientsIsAppliedOnce) {
  TestStore s;
  std::vector<std::thread> threads;
  std::atomic<int> applied{0};
  const std::string owner = Owner(1);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int b = 0; b < 50; ++b) {
        AppendOptions options;
        options.replay_key = "batch number " + std::to_string(1000 + b);
        std::reverse(options.replay_key.begin(), options.replay_key.end());
        OwnerBatch batch;
        batch.owner = owner;
        batch.logs = {{b, "info", "w", "line"}};
        const auto result = s.store().Append({batch}, options);
        ASSERT_TRUE(result.ok());
        applied += *result ? 1 : 0;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(applied, 50);
  EXPECT_EQ(*s.store().LogCount(Owner(1)), 50u);
}

TEST(EventsThreadsTest, TheBackgroundFoldsWhatIsOldAndForgetsWhoIsIdle) {
  TestStore s;
  Options options = s.options();
  options.background = true;
  s.Reopen(options);
  s.Scalars(Owner(1), "m", "v", {{1, 1}});
  EXPECT_GT(s.store().usage().unfolded_bytes, 0u);
  s.clock().Advance(std::chrono::seconds(20));
  while (s.store().usage().unfolded_bytes > 0) std::this_thread::yield();
  s.clock().Advance(std::chrono::seconds(20));
  while (s.store().usage().owners_loaded > 0) std::this_thread::yield();
  EXPECT_EQ(s.Curve(Owner(1), "m", "v"), (PointList{{1, 1}}));
}

}  // namespace
}  // namespace furrow::events
