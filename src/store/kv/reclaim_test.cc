// SPDX-License-Identifier: Apache-2.0
#include "store/kv/reclaim.h"

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace furrow::store {
namespace {

TEST(Reclaimer, DeletedRangesGiveTheirSpaceBackOnAStoreThatIsWrittenToNoMore) {
  char name[] = "/tmp/furrow-kv-XXXXXX";
  const std::string dir = mkdtemp(name);
  auto engine = Engine::Open(dir, {.memtable_bytes = 1 << 20});
  ASSERT_TRUE(engine.ok()) << engine.status().ToString();
  std::mt19937_64 random(1);
  std::string value(100'000, ' ');
  for (int owner = 0; owner < 10; ++owner) {
    for (int i = 0; i < 10; ++i) {
      for (char& c : value) c = static_cast<char>(random());
      Batch batch;
      batch.Put(Family::kLogs, std::string(1, static_cast<char>('a' + owner)) + char('0' + i),
                value);
      ASSERT_TRUE((*engine)->Write(std::move(batch)).ok());
    }
  }
  for (int owner = 0; owner < 9; ++owner) {
    const std::string from(1, static_cast<char>('a' + owner)),
        to(1, static_cast<char>('a' + owner + 1));
    Batch batch;
    batch.DeleteRange(Family::kLogs, from, to);
    ASSERT_TRUE((*engine)->Write(std::move(batch)).ok());
    (*engine)->CompactRange(Family::kLogs, from, to);
  }
  // One of ten owners is left, a million bytes.
  for (int i = 0; i < 600 && (*engine)->usage().disk_bytes > 1'200'000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  EXPECT_LE((*engine)->usage().disk_bytes, 1'200'000u);
  auto left = (*engine)->Get(Family::kLogs, "j0");
  ASSERT_TRUE(left.ok());
  EXPECT_TRUE(*left);
  engine->reset();
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace furrow::store
