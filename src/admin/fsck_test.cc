// SPDX-License-Identifier: Apache-2.0
#include "admin/fsck.h"

#include <filesystem>
#include <fstream>
#include <random>

#include <gtest/gtest.h>

#include "admin/offline.h"
#include "admin/usage.h"
#include "entities/core.h"
#include "store/blobs/blobs.h"
#include "store/events/events.h"

namespace furrow::admin {
namespace {

namespace fs = std::filesystem;

const std::string kProject = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";
const std::string kSmall = "11111111111111111111111111111111";
const std::string kLarge = "22222222222222222222222222222222";

// A stopped server's directory with two tasks, their events and files.
class FsckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/furrow-fsck-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = std::string(name) + "/data";
    auto opened = Offline::Open(dir_, true);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    ASSERT_TRUE(opened->docs
                    ->Transact([&](docs::Transaction& t) -> Status {
                      FURROW_TRY(t.Put(entities::kProjects, kProject,
                                       json::Object{{"id", kProject}, {"name", "Lab"}}));
                      FURROW_TRY(PutTask(t, kSmall, "small"));
                      return PutTask(t, kLarge, "large");
                    })
                    .ok());
    auto events = events::Store::Open(*opened->engine, SystemClock());
    ASSERT_TRUE(events.ok());
    Report(**events, kSmall, 10);
    Report(**events, kLarge, 5000);
    ASSERT_TRUE((*events)->Fold().ok());
    auto files = blobs::Store::Open(dir_);
    Upload(**files, "Lab/large." + kLarge + "/artifacts/a/a.bin", std::string(300'000, 'a'));
    Upload(**files, "elsewhere/named by a model", "12345");
    Upload(**files, "nobody/knows", "1");
    ASSERT_TRUE(opened->docs
                    ->Transact([&](docs::Transaction& t) -> Status {
                      return t.Put(entities::kModels, std::string(32, '3'),
                                   json::Object{{"id", std::string(32, '3')},
                                                {"name", "m"},
                                                {"task", kSmall},
                                                {"project", kProject},
                                                {"uri",
                                                 "http://h:8081/elsewhere/named%20by%20a"
                                                 "%20model"}});
                    })
                    .ok());
  }
  void TearDown() override { fs::remove_all(fs::path(dir_).parent_path()); }

  static Status PutTask(docs::Transaction& t, const std::string& id, const char* name) {
    return t.Put(entities::kTasks, id,
                 json::Object{{"id", id}, {"name", name}, {"project", kProject}});
  }
  static void Report(events::Store& store, const std::string& owner, int points) {
    events::OwnerBatch batch;
    batch.owner = owner;
    for (int i = 0; i < points; ++i)
      batch.scalars.push_back({"loss", "train", i, 1000 + i, i * 1.5});
    batch.logs = {{1, "info", "w", "a line"}};
    batch.rich = {{events::RichType::kPlot, "roc", "auc", "", 1, 1, R"({"x":1})"}};
    const auto done = store.Append({batch}, {});
    ASSERT_TRUE(done.ok()) << done.status().ToString();
  }
  static void Upload(blobs::Store& files, const std::string& name, const std::string& content) {
    auto writer = files.Create(*blobs::Path::Parse(name));
    ASSERT_TRUE((*writer)->Append(content).ok());
    ASSERT_TRUE((*writer)->Commit().ok());
  }
  FsckReport Check() {
    auto snapshot = Snapshot::Take(dir_);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status().ToString();
    return Fsck(**snapshot);
  }
  static void Flip(const std::string& path, uint64_t bit) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(bit / 8));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(bit / 8));
    file.put(static_cast<char>(byte ^ 1 << bit % 8));
    ASSERT_TRUE(file.good()) << path;
  }
  // Changes one stored value behind the back of RocksDB's checksums.
  void Corrupt(store::Family family, const std::string& owner_prefix) {
    auto engine = store::Engine::Open(dir_ + "/store", {});
    ASSERT_TRUE(engine.ok());
    std::string key, value;
    {
      store::Cursor cursor = (*engine)->Scan(family, owner_prefix);
      cursor.Seek("");
      ASSERT_TRUE(cursor.valid());
      key = cursor.key();
      value = cursor.value();
    }
    value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
    store::Batch batch;
    batch.Put(family, key, value);
    ASSERT_TRUE((*engine)->Write(std::move(batch)).ok());
  }

  std::string dir_;
};

TEST_F(FsckTest, AGoodDirectoryIsGoodAndIsLeftAsItIs) {
  std::map<std::string, fs::file_time_type> before;
  for (const auto& e : fs::recursive_directory_iterator(dir_)) {
    before[e.path()] = e.last_write_time();
  }
  const FsckReport report = Check();
  for (const Finding& f : report.findings) ADD_FAILURE() << f.kind << f.subject << f.detail;
  EXPECT_GE(report.documents, 4u);
  EXPECT_EQ(report.points, 5010u);
  EXPECT_EQ(report.lines, 2u);
  EXPECT_EQ(report.rich, 2u);
  EXPECT_EQ(report.files, 3u);
  EXPECT_GT(report.tables, 0u);
  for (const auto& e : fs::recursive_directory_iterator(dir_)) {
    if (e.path().filename() == "snapshot.lock") continue;
    if (e.path() == dir_ + "/store") continue;
    EXPECT_EQ(before.count(e.path()), 1u) << e.path();
  }
}

TEST_F(FsckTest, DamagedPointsAreNamedByProjectTaskAndMetric) {
  Corrupt(store::Family::kSeries, std::string(16, '\x22'));
  const FsckReport report = Check();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, "events");
  EXPECT_EQ(report.findings[0].project, "Lab");
  EXPECT_EQ(report.findings[0].metric, "loss/train");
  EXPECT_EQ(report.findings[0].subject, "task \"large\" (" + kLarge + "): points");
  EXPECT_EQ(report.documents_bad, 0u);
}

TEST_F(FsckTest, ADamagedDocumentIsNamedAndHidesNoOther) {
  {
    auto engine = store::Engine::Open(dir_ + "/store", {});
    store::Batch batch;
    batch.Put(store::Family::kDocs, std::string(1, '\0') + kSmall, "\x01{\"id\": nonsense");
    ASSERT_TRUE((*engine)->Write(std::move(batch)).ok());
  }
  const FsckReport report = Check();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, "document");
  EXPECT_EQ(report.findings[0].subject, "task " + kSmall);
  EXPECT_EQ(report.points, 5010u);
}

TEST_F(FsckTest, ADamagedFileIsNamedWithItsTask) {
  Flip(dir_ + "/files/Lab/large." + kLarge + "/artifacts/a/a.bin", 8 * 150'000);
  const FsckReport report = Check();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].kind, "file");
  EXPECT_EQ(report.findings[0].project, "Lab");
  EXPECT_NE(report.findings[0].subject.find("of task \"large\""), std::string::npos);
  EXPECT_EQ(report.files_bad, 1u);
}

TEST_F(FsckTest, MissingOrDamagedSecretsAreFound) {
  Flip(dir_ + "/secrets.json", 8 * 60);
  EXPECT_EQ(Check().findings.at(0).kind, "secrets");
  fs::remove(dir_ + "/secrets.json");
  EXPECT_EQ(Check().findings.at(0).kind, "secrets");
  EXPECT_FALSE(fs::exists(dir_ + "/secrets.json"));
}

TEST_F(FsckTest, AnyFlippedBitInWhatIsStoredIsFound) {
  // A second generation of everything, so that the log holds something too.
  std::vector<std::string> files;
  uint64_t bytes = 0;
  for (const auto& e : fs::recursive_directory_iterator(dir_)) {
    const std::string name = e.path().filename();
    const bool counts = e.path().extension() == ".sst" || name.starts_with("MANIFEST-") ||
                        e.path().string().find("/files/") != std::string::npos;
    if (!e.is_regular_file() || !counts) continue;
    files.push_back(e.path());
    bytes += e.file_size();
  }
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    // Each file gets its turn, small ones as often as large ones.
    const std::string& path = files[static_cast<size_t>(round) % files.size()];
    const uint64_t bit = random() % (fs::file_size(path) * 8);
    Flip(path, bit);
    const auto snapshot = Snapshot::Take(dir_);
    ASSERT_TRUE(snapshot.ok()) << snapshot.status().ToString();
    EXPECT_FALSE(Fsck(**snapshot).good()) << path << " bit " << bit;
    Flip(path, bit);
  }
  EXPECT_TRUE(Check().good());
}

TEST_F(FsckTest, UsageIsSortedAndCountsEverything) {
  auto snapshot = Snapshot::Take(dir_);
  const auto usage = MeasureUsage(**snapshot);
  ASSERT_TRUE(usage.ok());
  ASSERT_EQ(usage->projects.size(), 2u);
  EXPECT_EQ(usage->projects[0].name, "Lab");
  EXPECT_EQ(usage->projects[0].runs, 3u);
  EXPECT_EQ(usage->projects[1].name, "");
  EXPECT_EQ(usage->projects[1].space.files, 1u);
  ASSERT_EQ(usage->runs.size(), 4u);
  EXPECT_EQ(usage->runs[0].id, kLarge);
  EXPECT_EQ(usage->runs[0].space.points, 5000u);
  EXPECT_GT(usage->runs[0].space.file_bytes, 300'000u);
  EXPECT_EQ(usage->runs[1].name, "small");
  // The model's file counts as its maker's.
  EXPECT_EQ(usage->runs[1].space.files, 1u);
  EXPECT_EQ(usage->runs[1].space.lines, 1u);
  EXPECT_EQ(usage->runs[1].space.plots, 1u);
  Space sum;
  for (const RunSpace& run : usage->runs) sum.Add(run.space);
  EXPECT_EQ(sum.bytes(), usage->total.bytes());
  EXPECT_GT(usage->store_bytes, 0u);
}

}  // namespace
}  // namespace furrow::admin
