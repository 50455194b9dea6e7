// SPDX-License-Identifier: Apache-2.0
#include "store/kv/engine.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

namespace furrow::store {
namespace {

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    char name[] = "/tmp/furrow-kv-XXXXXX";
    dir_ = mkdtemp(name);
    Reopen();
  }
  ~EngineTest() override {
    engine_.reset();
    std::filesystem::remove_all(dir_);
  }
  void Reopen() {
    engine_.reset();
    auto opened = Engine::Open(dir_, {});
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    engine_ = std::move(opened).value();
  }
  std::string dir_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, WritesAreVisibleAtOnceAndThereAfterReopening) {
  Batch b;
  b.Put(Family::kDocs, "a", "1");
  b.Put(Family::kLogs, "a", "2");
  auto ticket = engine_->Write(std::move(b));
  ASSERT_TRUE(ticket.ok());
  EXPECT_EQ(engine_->Get(Family::kDocs, "a")->value(), "1");
  EXPECT_EQ(engine_->Get(Family::kLogs, "a")->value(), "2");
  EXPECT_FALSE(engine_->Get(Family::kRich, "a")->has_value());
  EXPECT_TRUE(engine_->Sync(*ticket).ok());
  EXPECT_GE(engine_->durable(), *ticket);
  Reopen();
  EXPECT_EQ(engine_->Get(Family::kDocs, "a")->value(), "1");
}

TEST_F(EngineTest, ScanKeepsToItsPrefixBothWays) {
  Batch b;
  for (const char* k : {"a1", "b1", "b2", "b3", "c1", "b\xff\xff"}) b.Put(Family::kDocs, k, k);
  ASSERT_TRUE(engine_->Write(std::move(b)).ok());
  Cursor c = engine_->Scan(Family::kDocs, "b");
  std::string seen;
  for (c.Seek(""); c.valid(); c.Next()) seen += std::string(c.key()) + " ";
  EXPECT_EQ(seen, "b1 b2 b3 b\xff\xff ");
  c.SeekBack("b2x");
  ASSERT_TRUE(c.valid());
  EXPECT_EQ(c.key(), "b2");
  c.Prev();
  EXPECT_EQ(c.key(), "b1");
  c.Prev();
  EXPECT_FALSE(c.valid());
}

TEST_F(EngineTest, DeleteRangeEndsBeforeItsBound) {
  Batch b;
  for (const char* k : {"a", "b", "c"}) b.Put(Family::kSeries, k, k);
  b.DeleteRange(Family::kSeries, "a", "c");
  ASSERT_TRUE(engine_->Write(std::move(b)).ok());
  EXPECT_FALSE(engine_->Get(Family::kSeries, "b")->has_value());
  EXPECT_TRUE(engine_->Get(Family::kSeries, "c")->has_value());
}

TEST_F(EngineTest, ManyWritersShareSyncsAndAllAreAnswered) {
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        Batch b;
        b.Put(Family::kDocs, std::to_string(t) + "/" + std::to_string(i), "x");
        auto ticket = engine_->Write(std::move(b));
        ASSERT_TRUE(ticket.ok());
        engine_->OnDurable(engine_->written(), [&](Status s) { answered += s.ok(); });
      }
    });
  }
  for (auto& t : threads) t.join();
  ASSERT_TRUE(engine_->Sync().ok());
  EXPECT_EQ(answered, 800);
}

TEST_F(EngineTest, ASecondProcessIsRefusedWithAReason) {
  const pid_t child = fork();
  if (child == 0) {
    auto opened = Engine::Open(dir_, {});
    _exit(!opened.ok() && opened.status().code() == Code::kFailedPrecondition ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(EngineTest, TablesDoNotNameTheMachine) {
  Batch b;
  b.Put(Family::kDocs, "a", "1");
  ASSERT_TRUE(engine_->Write(std::move(b)).ok());
  Reopen();  // which moves the log into tables
  int tables = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) {
    if (entry.path().extension() != ".sst") continue;
    ++tables;
    std::ostringstream bytes;
    bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    // What follows "rocksdb.creating." in its properties, whose names share their beginnings.
    EXPECT_NE(bytes.str().find("session.identity"), std::string::npos);
    EXPECT_EQ(bytes.str().find("host.identity"), std::string::npos);
  }
  EXPECT_GT(tables, 0);
}

TEST_F(EngineTest, ANewerFormatIsRefused) {
  Batch b;
  b.Put(Family::kMeta, "format", "\x63");
  ASSERT_TRUE(engine_->Write(std::move(b)).ok());
  ASSERT_TRUE(engine_->Sync().ok());
  engine_.reset();
  auto opened = Engine::Open(dir_, {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.status().code(), Code::kFailedPrecondition);
}

}  // namespace
}  // namespace furrow::store
