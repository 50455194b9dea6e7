// SPDX-License-Identifier: Apache-2.0
// Checkpoints, stores opened to read alone, and looking for damage in tables.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "store/kv/engine.h"
#include "store/kv/tables.h"

namespace furrow::store {
namespace {

namespace fs = std::filesystem;

class CheckpointTest : public ::testing::Test {
 protected:
  CheckpointTest() {
    char name[] = "/tmp/furrow-kv-XXXXXX";
    dir_ = mkdtemp(name);
    engine_ = Open(dir_ + "/a", false);
  }
  ~CheckpointTest() override {
    engine_.reset();
    fs::remove_all(dir_);
  }
  static std::unique_ptr<Engine> Open(const std::string& dir, bool read_only) {
    EngineOptions options;
    options.read_only = read_only;
    auto opened = Engine::Open(dir, options);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    return opened.ok() ? std::move(opened).value() : nullptr;
  }
  void Put(Family family, const std::string& key, const std::string& value) {
    Batch b;
    b.Put(family, key, value);
    ASSERT_TRUE(engine_->Write(std::move(b)).ok());
  }
  // Enough for several blocks in one table.
  void Fill() {
    for (int i = 0; i < 2000; ++i) {
      const std::string key = "key" + std::to_string(10000 + i);
      Put(Family::kDocs, key, key + std::string(static_cast<size_t>(i % 91 + 100), 'v'));
    }
  }
  static std::vector<std::string> Keys(const Engine& engine) {
    std::vector<std::string> keys;
    Cursor c = engine.Scan(Family::kDocs, "");
    for (c.Seek(""); c.valid(); c.Next()) keys.emplace_back(c.key());
    return keys;
  }
  static void Flip(const std::string& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    const int byte = file.get();
    file.seekp(at);
    file.put(static_cast<char>(byte ^ 1));
    ASSERT_TRUE(file.good());
  }

  std::string dir_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(CheckpointTest, HoldsWhatWasWrittenBeforeAndNothingLater) {
  Put(Family::kDocs, "a", "1");
  Put(Family::kRich, "a", "2");
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/copy").ok());
  Put(Family::kDocs, "b", "3");
  const auto copy = Open(dir_ + "/copy", true);
  EXPECT_EQ(copy->Get(Family::kDocs, "a")->value(), "1");
  EXPECT_EQ(copy->Get(Family::kRich, "a")->value(), "2");
  EXPECT_FALSE(copy->Get(Family::kDocs, "b")->has_value());
  EXPECT_FALSE(engine_->Checkpoint(dir_ + "/copy").ok()) << "never over what is there";
}

TEST_F(CheckpointTest, TablesAreSharedWithTheNextOne) {
  Fill();
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/one").ok());
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/two").ok());
  size_t shared = 0;
  for (const auto& entry : fs::directory_iterator(dir_ + "/one")) {
    if (entry.path().extension() != ".sst") continue;
    ++shared;
    EXPECT_TRUE(fs::equivalent(entry.path(), fs::path(dir_) / "two" / entry.path().filename()));
  }
  EXPECT_GT(shared, 0u);
}

TEST_F(CheckpointTest, ReadOnlyChangesNothingAndRefusesWrites) {
  Put(Family::kDocs, "a", "1");
  engine_.reset();
  const auto names = [&] {
    std::map<std::string, fs::file_time_type> out;
    for (const auto& e : fs::directory_iterator(dir_ + "/a")) {
      out[e.path().filename()] = e.last_write_time();
    }
    return out;
  };
  const auto before = names();
  {
    const auto reader = Open(dir_ + "/a", true);
    EXPECT_TRUE(reader->condition().ok());
    EXPECT_EQ(reader->Get(Family::kDocs, "a")->value(), "1");
    Batch b;
    b.Put(Family::kDocs, "b", "2");
    EXPECT_FALSE(reader->Write(std::move(b)).ok());
    EXPECT_TRUE(reader->Sync().ok());
  }
  EXPECT_EQ(names(), before);
}

TEST_F(CheckpointTest, ReadOnlyRefusesAStoreThatAServerHolds) {
  // Locks of one process do not see each other: the server is another one.
  engine_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    auto held = Engine::Open(dir_ + "/a", {});
    std::ofstream(dir_ + "/held") << "x";
    ::pause();
    ::_exit(held.ok() ? 0 : 1);
  }
  while (!fs::exists(dir_ + "/held")) ::usleep(1000);
  EngineOptions options;
  options.read_only = true;
  EXPECT_EQ(Engine::Open(dir_ + "/a", options).status().code(), Code::kFailedPrecondition);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(Engine::Open(dir_ + "/a", options).ok());
}

TEST_F(CheckpointTest, AFlippedBitInABlockIsFoundAndItsKeysAreNarrowedDown) {
  Fill();
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/copy").ok());
  const auto copy = Open(dir_ + "/copy", true);
  std::vector<TableFile> tables = copy->tables();
  const auto docs = std::find_if(tables.begin(), tables.end(),
                                 [](const auto& t) { return t.family == Family::kDocs; });
  ASSERT_NE(docs, tables.end());
  for (const TableFile& table : tables) EXPECT_TRUE(CheckTable(table).status.ok()) << table.path;
  // The link is shared with the store itself: break a copy of one's own.
  fs::copy_file(docs->path, dir_ + "/broken.sst");
  Flip(dir_ + "/broken.sst", static_cast<std::streamoff>(docs->bytes / 2));
  TableFile broken = *docs;
  broken.path = dir_ + "/broken.sst";
  const TableReport report = CheckTable(broken);
  EXPECT_EQ(report.status.code(), Code::kCorruption) << report.status.ToString();
  EXPECT_GT(report.good_until, docs->first);
  EXPECT_LT(report.good_until, report.good_from);
  EXPECT_LT(report.good_from, docs->last);
}

TEST_F(CheckpointTest, AFlipInAnyByteOfATableIsFound) {
  Put(Family::kDocs, "a", std::string(300, 'x'));
  Put(Family::kDocs, "b", "y");
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/one").ok());
  const auto reader = Open(dir_ + "/one", true);
  for (const TableFile& table : reader->tables()) {
    if (table.family != Family::kDocs) continue;
    TableFile copy = table;
    copy.path = dir_ + "/copy.sst";
    fs::copy_file(table.path, copy.path);
    for (uint64_t at = 0; at < table.bytes; ++at) {
      Flip(copy.path, static_cast<std::streamoff>(at));
      EXPECT_FALSE(CheckTable(copy).status.ok()) << "byte " << at << " of " << table.bytes;
      Flip(copy.path, static_cast<std::streamoff>(at));
    }
    EXPECT_TRUE(CheckTable(copy).status.ok());
  }
}

TEST_F(CheckpointTest, AScanGoesOnBehindADamagedBlock) {
  Fill();
  const std::vector<std::string> all = Keys(*engine_);
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/one").ok());
  engine_.reset();
  std::string path;
  {
    const auto reader = Open(dir_ + "/one", true);
    for (const TableFile& table : reader->tables()) {
      if (table.family == Family::kDocs) path = table.path;
    }
  }
  Flip(path, static_cast<std::streamoff>(fs::file_size(path) / 2));
  const auto reader = Open(dir_ + "/one", true);
  std::vector<TableReport> damaged;
  for (const TableFile& table : reader->tables()) {
    TableReport report = CheckTable(table);
    if (!report.status.ok()) damaged.push_back(report);
  }
  ASSERT_EQ(damaged.size(), 1u);
  std::vector<std::string> seen;
  std::vector<Gap> gaps;
  ScanPast(
      *reader, Family::kDocs, damaged,
      [&](std::string_view key, std::string_view) {
        seen.emplace_back(key);
        return true;
      },
      [&](const Gap& gap, const Status& status) {
        EXPECT_EQ(status.code(), Code::kCorruption);
        gaps.push_back(gap);
      });
  ASSERT_EQ(gaps.size(), 1u);
  // Every key was either seen or lies in the gap.
  std::vector<std::string> expected;
  for (const std::string& key : all) {
    if (key <= gaps[0].after || key >= gaps[0].until) expected.push_back(key);
  }
  EXPECT_EQ(seen, expected);
  EXPECT_GT(seen.size(), all.size() / 2);
  EXPECT_LT(seen.size(), all.size());
}

TEST_F(CheckpointTest, AStoreWithADamagedTableStillOpensToRead) {
  Fill();
  const size_t written = Keys(*engine_).size();
  ASSERT_TRUE(engine_->Checkpoint(dir_ + "/one").ok());
  engine_.reset();
  for (const auto& e : fs::directory_iterator(dir_ + "/one")) {
    if (e.path().extension() != ".sst") continue;
    const auto size = e.file_size();
    Flip(e.path(), static_cast<std::streamoff>(size - 10));  // the footer: nothing of it opens
  }
  const auto reader = Open(dir_ + "/one", true);
  ASSERT_NE(reader, nullptr);
  size_t damaged = 0;
  for (const TableFile& table : reader->tables()) damaged += !CheckTable(table).status.ok();
  EXPECT_GT(damaged, 0u);
  EXPECT_LT(Keys(*reader).size(), written);
  EXPECT_EQ(LooseTables(dir_ + "/one").size(), reader->tables().size());
}

}  // namespace
}  // namespace furrow::store
