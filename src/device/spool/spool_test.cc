// SPDX-License-Identifier: Apache-2.0
#include "device/spool/spool.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "device/spool/cut_disk_fixture.h"
#include "device/spool/image_pool.h"

namespace furrow::device {
namespace {

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() {
    // Where there is one, a folder in memory: what is lost with the power is told by CutDisk.
    const std::filesystem::path memory = "/dev/shm";
    std::error_code error;
    const bool there = std::filesystem::is_directory(memory, error);
    std::string name =
        (there ? memory : std::filesystem::temp_directory_path()) / "furrow-spool-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    folder_ = name;
  }
  ~SpoolTest() override {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  std::unique_ptr<Spool> Open(SpoolOptions options = {}) {
    auto spool = Spool::Open(folder_ + "/spool", options);
    EXPECT_TRUE(spool.ok()) << spool.status().message();
    return std::move(spool).value();
  }
  std::string folder_;
};

TEST_F(SpoolTest, WhatIsPutInComesOutInOrderUntilItIsAcknowledged) {
  auto spool = Open({.segment_bytes = 200});
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(*spool->Append(Stream::kAlarms, "alarm " + std::to_string(i)), i);
  }
  EXPECT_EQ(spool->next(Stream::kSprays), 0u);
  SpoolBatch batch = spool->Front(Stream::kAlarms, 7, 1 << 20);
  EXPECT_EQ(batch.from, 0u);
  ASSERT_EQ(batch.records.size(), 7u);
  EXPECT_EQ(batch.records[6], "alarm 6");
  ASSERT_TRUE(spool->Acknowledge(Stream::kAlarms, 33).ok());
  batch = spool->Front(Stream::kAlarms, 100, 40);
  EXPECT_EQ(batch.from, 33u);
  EXPECT_EQ(batch.records.size(), 5u);
  EXPECT_EQ(spool->counters().records, 17u);
  ASSERT_TRUE(spool->Acknowledge(Stream::kAlarms, 20).ok()) << "an old answer";
  EXPECT_EQ(spool->Front(Stream::kAlarms, 1, 1).from, 33u);
  ASSERT_TRUE(spool->Acknowledge(Stream::kAlarms, 50).ok());
  EXPECT_TRUE(spool->Front(Stream::kAlarms, 10, 1000).records.empty());
  EXPECT_EQ(*spool->Last(Stream::kAlarms), "alarm 49");
}

TEST_F(SpoolTest, NumbersGoOnAfterARestart) {
  {
    auto spool = Open();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(spool->Append(Stream::kSprays, "x").ok());
    EXPECT_TRUE(spool->Acknowledge(Stream::kSprays, 5).ok());
  }
  {
    auto spool = Open();
    EXPECT_EQ(*spool->Append(Stream::kSprays, "y"), 5u);
    EXPECT_TRUE(spool->Acknowledge(Stream::kSprays, 6).ok());
  }
  auto spool = Open();
  EXPECT_EQ(*spool->Append(Stream::kSprays, "z"), 6u);
  // Another disk: the server knows more than is known here.
  EXPECT_TRUE(spool->Acknowledge(Stream::kSprays, 100).ok());
  EXPECT_EQ(*spool->Append(Stream::kSprays, "z"), 100u);
}

TEST_F(SpoolTest, DamageEndsASegmentAndNoMore) {
  {
    auto spool = Open({.segment_bytes = 100});
    for (int i = 0; i < 9; ++i) {
      EXPECT_TRUE(spool->Append(Stream::kSprays, "record number " + std::to_string(i)).ok());
    }
  }
  std::vector<std::filesystem::path> files;
  for (const auto& one : std::filesystem::directory_iterator(folder_ + "/spool/sprays")) {
    files.push_back(one.path());
  }
  std::ranges::sort(files);
  ASSERT_GE(files.size(), 3u);
  const auto flip = [](const std::filesystem::path& path, std::streamoff at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(at);
    file.put('X');
  };
  flip(files[0], 20);  // its header
  flip(files[1], 45);  // its first record
  auto spool = Open();
  EXPECT_EQ(spool->counters().damaged, 1u);
  const SpoolBatch batch = spool->Front(Stream::kSprays, 100, 1 << 20);
  ASSERT_FALSE(batch.records.empty());
  EXPECT_EQ(batch.records[0], "record number " + std::to_string(batch.from));
  EXPECT_EQ(*spool->Append(Stream::kSprays, "next"), 9u);
}

TEST_F(SpoolTest, MetricsGiveWayToSpraysAndNothingToMetrics) {
  auto spool = Open({.bytes_max = 20'000, .segment_bytes = 1000});
  const std::string text(90, 'm');
  while (spool->counters().given_up == 0) ASSERT_TRUE(spool->Append(Stream::kMetrics, text).ok());
  uint64_t sprays = 0;
  while (spool->Append(Stream::kSprays, text).ok()) ++sprays;
  EXPECT_GT(sprays, 150u);
  EXPECT_EQ(spool->Append(Stream::kSprays, text).status().code(), Code::kResourceExhausted);
  // The quota keeps something for alarms alone.
  int alarms = 0;
  while (alarms < 1000 && spool->Append(Stream::kAlarms, "alarm").ok()) ++alarms;
  EXPECT_GT(alarms, 30);
  EXPECT_LT(alarms, 1000);
  EXPECT_LE(spool->counters().bytes, 20'000u);
  EXPECT_EQ(spool->Front(Stream::kSprays, 1, 1).from, 0u) << "no spray was given up";
}

TEST_F(SpoolTest, AFullDiskTakesMetricsFirst) {
  CutDisk disk(folder_);
  auto spool = Open({.segment_bytes = 1000, .disk = &disk});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(spool->Append(Stream::kMetrics, std::string(90, 'm')).ok());
  }
  disk.SetRoom(300);
  ASSERT_TRUE(spool->Append(Stream::kAlarms, "one").ok());
  ASSERT_TRUE(spool->Append(Stream::kAlarms, std::string(100, 'a')).ok());
  EXPECT_EQ(spool->Append(Stream::kAlarms, std::string(400, 'a')).status().code(),
            Code::kUnavailable);
  EXPECT_GT(spool->counters().given_up, 50u);
  disk.SetRoom(UINT64_MAX);
  EXPECT_EQ(*spool->Append(Stream::kAlarms, "two"), 2u);
  auto again = Open();
  const SpoolBatch batch = again->Front(Stream::kAlarms, 10, 1 << 20);
  ASSERT_EQ(batch.records.size(), 3u);
  EXPECT_EQ(batch.records[2], "two");
}

/// The server, as far as the spool sees it.
class Server {
 public:
  void Report(Stream stream, uint64_t from, const std::vector<std::string>& records) {
    uint64_t& next = next_[stream];
    if (from > next) next = from;  // what lies between was given up for room
    for (size_t i = 0; i < records.size(); ++i) {
      if (from + i < next) continue;
      had_[stream].push_back(records[i]);
      ++next;
    }
  }
  uint64_t next(Stream stream) { return next_[stream]; }
  const std::vector<std::string>& had(Stream stream) { return had_[stream]; }

 private:
  std::map<Stream, uint64_t> next_;
  std::map<Stream, std::vector<std::string>> had_;
};

TEST_F(SpoolTest, APowerCutAtEveryCallLosesNothingThatHadANumber) {
  constexpr Stream kAll[] = {Stream::kAlarms, Stream::kSprays, Stream::kImages};
  std::mt19937 random(11);
  uint64_t cut_at = 0, cuts = 0;
  for (bool more = true; more; ++cut_at) {
    for (int sample = 0; sample < 3; ++sample) {
      SCOPED_TRACE(cut_at);
      const std::string before = folder_ + "/before", after = folder_ + "/after";
      std::filesystem::remove_all(before);
      std::filesystem::remove_all(after);
      std::filesystem::create_directory(before);
      CutDisk disk(before, cut_at);
      std::map<Stream, std::vector<std::string>> put;
      Server server;
      if (auto spool = Spool::Open(before + "/spool", {.segment_bytes = 150, .disk = &disk});
          spool.ok()) {
        for (int i = 0; i < 12; ++i) {
          for (const Stream stream : kAll) {
            const std::string text = StreamName(stream) + std::to_string(i);
            const auto number = (*spool)->Append(stream, text);
            if (!number.ok()) continue;
            EXPECT_EQ(*number, put[stream].size());
            put[stream].push_back(text);
          }
          if (i % 3 != 2) continue;
          for (const Stream stream : kAll) {
            const SpoolBatch batch = (*spool)->Front(stream, 2, 1 << 20);
            server.Report(stream, batch.from, batch.records);
            static_cast<void>((*spool)->Acknowledge(stream, server.next(stream)));
          }
        }
      }
      more = disk.cut();
      cuts += more;
      disk.Leave(after, random);
      auto spool = Spool::Open(after + "/spool", {});
      ASSERT_TRUE(spool.ok()) << spool.status().message();
      for (const Stream stream : kAll) {
        // What was refused may be there: it had no answer.
        const uint64_t next = (*spool)->next(stream);
        ASSERT_GE(next, put[stream].size());
        ASSERT_LE(next, put[stream].size() + 1);
        EXPECT_EQ(*(*spool)->Append(stream, "last"), next);
        while (true) {
          const SpoolBatch batch = (*spool)->Front(stream, 5, 1 << 20);
          if (batch.records.empty()) break;
          ASSERT_LE(batch.from, server.next(stream)) << "a hole";
          server.Report(stream, batch.from, batch.records);
          ASSERT_TRUE((*spool)->Acknowledge(stream, server.next(stream)).ok());
        }
        std::vector<std::string> had = server.had(stream);
        ASSERT_EQ(had.back(), "last");
        had.pop_back();
        if (had.size() > put[stream].size()) had.pop_back();
        ASSERT_EQ(had, put[stream]);
      }
    }
  }
  EXPECT_GT(cuts, 200u);
}

/// How far the sprays were taken from the log is known by the last record, sent or not.
TEST_F(SpoolTest, TheLastRecordStaysWhenOnlyEmptySegmentsFollow) {
  const std::string top = folder_ + "/0";
  std::filesystem::create_directory(top);
  CutDisk disk(top);
  {
    auto spool = Spool::Open(top + "/spool", {.disk = &disk});
    ASSERT_TRUE(spool.ok());
    ASSERT_TRUE((*spool)->Append(Stream::kSprays, "first").ok());
    ASSERT_TRUE((*spool)->Append(Stream::kSprays, "second").ok());
  }
  {
    auto spool = Spool::Open(top + "/spool", {.disk = &disk});
    ASSERT_TRUE(spool.ok());
    disk.SetRoom(40);  // a header, and no record
    EXPECT_FALSE((*spool)->Append(Stream::kSprays, "third").ok());
    ASSERT_TRUE((*spool)->Acknowledge(Stream::kSprays, 2).ok());
    EXPECT_EQ((*spool)->Last(Stream::kSprays), "second");
  }
  disk.SetRoom(1 << 20);
  auto spool = Spool::Open(top + "/spool", {.disk = &disk});
  ASSERT_TRUE(spool.ok());
  EXPECT_EQ((*spool)->Last(Stream::kSprays), "second");
  ASSERT_TRUE((*spool)->Append(Stream::kSprays, "third").ok());
  ASSERT_TRUE((*spool)->Acknowledge(Stream::kSprays, 3).ok());
  EXPECT_EQ((*spool)->Last(Stream::kSprays), "third");
  EXPECT_EQ((*spool)->All(Stream::kSprays).size(), 1u) << "what was sent goes all the same";
}

/// "Shows" 5 of the loop: thirty days without a server, two power cuts a day, hardly any room.
TEST_F(SpoolTest, ThirtyDaysOffline) {
  std::mt19937 random(30);
  Server server;
  std::set<std::string> had_images;
  std::vector<std::string> alarms, sprays;
  std::map<std::string, double> offered;
  uint64_t refused = 0, metrics = 0, alarms_tried = 0;
  const uint64_t kQuota = 3'000'000;
  std::string top = folder_ + "/0";
  std::filesystem::create_directory(top);
  for (int day = 0; day < 30; ++day) {
    for (int part = 0; part < 3; ++part) {
      CutDisk disk(top);
      disk.Adopt();
      auto spool = Spool::Open(top + "/spool", {.bytes_max = kQuota, .disk = &disk});
      ASSERT_TRUE(spool.ok()) << spool.status().message();
      auto pool =
          ImagePool::Open(top + "/spool/waiting", &disk, [](const std::string&) { return false; });
      ASSERT_TRUE(pool.ok());
      ImagePool& images = **pool;
      (*spool)->SetGiver([&] { return images.GiveUp(); }, [&] { return images.bytes(); });
      for (int minute = 0; minute < 160; ++minute) {
        const std::string when = std::to_string(day * 480 + part * 160 + minute);
        for (int i = 0; i < 3; ++i) {
          metrics += (*spool)->Append(Stream::kMetrics, "m" + when + std::string(75, '.')).ok();
        }
        const std::string spray = "s" + when + std::string(40 + random() % 30, '.');
        const auto number = (*spool)->Append(Stream::kSprays, spray);
        if (number.ok()) {
          ASSERT_EQ(*number, sprays.size());
          sprays.push_back(spray);
        } else {
          ++refused;
        }
        ASSERT_TRUE((*spool)->Sync().ok());
        if (minute % 20 == 0) {
          ++alarms_tried;
          const auto told = (*spool)->Append(Stream::kAlarms, "a" + when);
          ASSERT_TRUE(told.ok()) << told.status().message();
          alarms.push_back("a" + when);
        }
        if (minute % 10 == 0) {
          const double score = static_cast<double>(random() % 1000) / 1000;
          ASSERT_TRUE(
              images
                  .Add("i" + when, score, std::string(8'000, 'p'), "{}", (*spool)->RoomForImages())
                  .ok());
          offered["i" + when] = score;
        }
        ASSERT_LE((*spool)->counters().bytes, kQuota);
      }
      // The power goes, also in the middle of a call.
      disk.CutAt(disk.calls() + random() % 4);
      for (int i = 0; i < 2; ++i) {
        static_cast<void>((*spool)->Append(Stream::kMetrics, "torn"));
      }
      disk.CutAt(0);
      const std::string next = folder_ + "/" + std::to_string(day * 3 + part + 1);
      disk.Leave(next, random);
      spool->reset();
      std::filesystem::remove_all(top);
      top = next;
    }
  }
  EXPECT_EQ(refused, 0u) << "sprays had room to the end";
  auto spool = Spool::Open(top + "/spool", {.bytes_max = kQuota});
  auto pool =
      ImagePool::Open(top + "/spool/waiting", nullptr, [](const std::string&) { return false; });
  ASSERT_TRUE(spool.ok() && pool.ok());
  // The link comes back, loses answers and cuts batches short.
  for (const Stream stream : {Stream::kAlarms, Stream::kSprays, Stream::kMetrics}) {
    while (true) {
      SpoolBatch batch = (*spool)->Front(stream, 500, 100'000);
      if (batch.records.empty()) break;
      if (random() % 4 == 0) continue;  // it did not get there
      server.Report(stream, batch.from, batch.records);
      if (random() % 4 == 0) continue;  // the answer did not come back
      ASSERT_TRUE((*spool)->Acknowledge(stream, server.next(stream)).ok());
    }
  }
  EXPECT_EQ(server.had(Stream::kAlarms), alarms);
  EXPECT_EQ(alarms.size(), alarms_tried);
  EXPECT_EQ(server.had(Stream::kSprays), sprays);
  EXPECT_EQ(sprays.size(), 30u * 480);
  EXPECT_GT(server.had(Stream::kMetrics).size(), 100u);
  EXPECT_LT(server.had(Stream::kMetrics).size(), metrics) << "the oldest gave way";
  std::vector<double> kept;
  while (const auto best = (*pool)->Best()) {
    kept.push_back(best->score);
    offered.erase(best->name);
    (*pool)->Remove(best->name);
  }
  ASSERT_GT(kept.size(), 10u);
  EXPECT_TRUE(std::ranges::is_sorted(kept, std::greater<>()));
  RecordProperty("images", static_cast<int>(kept.size()));
}

}  // namespace
}  // namespace furrow::device
