// SPDX-License-Identifier: Apache-2.0
#include "base/pool.h"

#include <future>
#include <memory>

#include <gtest/gtest.h>

namespace furrow {
namespace {

TEST(WorkerPool, RunsJobsInOrderOnItsOwnThread) {
  WorkerPool pool(1, 100, "test");
  std::vector<int> order;
  bool on_pool = false;
  std::promise<void> done;
  for (int i = 0; i < 10; ++i) {
    Job job([&order, i] { order.push_back(i); });
    ASSERT_TRUE(pool.TryPost(job));
    EXPECT_FALSE(job);
  }
  pool.Post([&] {
    on_pool = pool.OnPoolThread();
    done.set_value();
  });
  done.get_future().get();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_TRUE(on_pool);
  EXPECT_FALSE(pool.OnPoolThread());
}

TEST(WorkerPool, RefusesWhenFullAndLeavesTheJobWhole) {
  WorkerPool pool(1, 2, "test");
  std::promise<void> started, release;
  pool.Post([&] {
    started.set_value();
    release.get_future().wait();
  });
  started.get_future().wait();
  int ran = 0;
  Job a([&] { ++ran; }), b([&] { ++ran; }),
      c([&, keep = std::make_unique<int>(7)] { ran += *keep; });
  EXPECT_TRUE(pool.TryPost(a));
  EXPECT_TRUE(pool.TryPost(b));
  EXPECT_FALSE(pool.TryPost(c));
  EXPECT_TRUE(c);
  EXPECT_EQ(pool.waiting(), 2u);
  std::promise<void> last;
  EXPECT_TRUE(pool.Post([&] { last.set_value(); }));  // admitted work is never held back
  release.set_value();
  last.get_future().wait();
  EXPECT_EQ(ran, 2);
  c();
  EXPECT_EQ(ran, 9);
}

TEST(WorkerPool, StopDestroysWaitingJobsUnrun) {
  auto pool = std::make_unique<WorkerPool>(1, 10, "test");
  std::promise<void> started, release;
  pool->Post([&] {
    started.set_value();
    release.get_future().wait();
  });
  started.get_future().wait();
  auto held = std::make_shared<int>(1);
  bool ran = false;
  pool->Post([held, &ran] { ran = true; });
  std::thread stopper([&] { pool->Stop(); });
  while (held.use_count() > 1) std::this_thread::yield();
  release.set_value();
  stopper.join();
  EXPECT_FALSE(ran);
  EXPECT_FALSE(pool->Post([] {}));
}

}  // namespace
}  // namespace furrow
