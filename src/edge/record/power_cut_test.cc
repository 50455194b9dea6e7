// SPDX-License-Identifier: Apache-2.0
// A power cut keeps what was synced and any part of what came later, in any order.
#include <cerrno>
#include <map>
#include <random>

#include "edge/record/disk.h"
#include "edge/record/record_fixture.h"

namespace furrow::edge {
namespace {

/// Files in memory that know what a cut may leave of them.
class CutDisk : public Disk {
 public:
  struct File {
    std::string synced;
    std::vector<std::pair<uint64_t, std::string>> later;  // writes since
    bool named = false;                                   // its folder was synced
  };

  int Create(const std::string& path) override {
    if (files.contains(path)) return -EEXIST;
    files[path];
    open_.push_back(path);
    return static_cast<int>(open_.size()) - 1;
  }
  int Reserve(int, uint64_t, uint64_t) override { return 0; }
  ssize_t Write(int file, uint64_t offset, std::string_view bytes) override {
    files[open_[file]].later.emplace_back(offset, bytes);
    return static_cast<ssize_t>(bytes.size());
  }
  int Truncate(int, uint64_t) override { return 0; }
  int Sync(int file) override {
    File& one = files[open_[file]];
    for (const auto& [offset, bytes] : one.later) Put(one.synced, offset, bytes);
    one.later.clear();
    return 0;
  }
  int SyncFolder(const std::string&) override {
    for (auto& [path, file] : files) file.named = true;
    return 0;
  }
  int Remove(const std::string& path) override { return files.erase(path) > 0 ? 0 : -ENOENT; }
  void Close(int) override {}

  /// Writes to `folder` what a cut at this moment may leave.
  void Cut(const std::string& folder, std::mt19937& random) const {
    std::filesystem::create_directories(folder);
    for (const auto& [path, file] : files) {
      if (!file.named && random() % 2 == 0) continue;
      std::string content = file.synced;
      for (const auto& [offset, bytes] : file.later) {
        switch (random() % 4) {
          case 0:
            break;
          case 1:  // its length, not its content
            Put(content, offset, std::string(bytes.size(), '\0'));
            break;
          case 2:  // in part
            Put(content, offset, bytes.substr(0, random() % (bytes.size() + 1)));
            break;
          default:
            Put(content, offset, bytes);
        }
      }
      Spill(folder + "/" + std::filesystem::path(path).filename().string(), content);
    }
  }

  std::map<std::string, File> files;

 private:
  static void Put(std::string& content, uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
  }
  std::vector<std::string> open_;
};

TEST(PowerCut, WhatWasSyncedIsThereWithoutDamageBeforeIt) {
  TemporaryFolder top;
  std::mt19937 random(5);
  CutDisk disk;
  LogEncoder encoder(1 << 20);
  LogOptions options;
  options.thread = false;
  options.disk = &disk;
  options.segment_bytes = 3000;
  options.sync_every = 1;  // with every Drain
  auto log = LogFile::Open(top / "log", options, {&encoder});
  ASSERT_TRUE(log.ok());
  int cuts = 0;
  for (int64_t ms = 0; ms < 6000; ++ms) {
    RecordMillisecond(encoder, ms);
    // Blocks are written often, synced now and then.
    if (random() % 150 == 0) (*log)->Flush();
    if (random() % 700 == 0) (*log)->Drain();
    if (random() % 20 != 0) continue;
    const std::string folder = top / ("cut" + std::to_string(cuts++));
    disk.Cut(folder, random);
    const Nanos synced = (*log)->counters().synced_until;
    const Content content = ReadLog(folder);
    const auto ticks = content.Of<TickRecord>();
    if (synced > 0) {
      // The ticks of all that time stand in front, in order; damage may only follow.
      const auto wanted = static_cast<size_t>((synced - 5 * kSecond) / kMillisecond + 1);
      ASSERT_GE(ticks.size(), wanted) << cuts;
      for (size_t i = 0; i < wanted; ++i) {
        ASSERT_EQ(ticks[i].now, 5 * kSecond + static_cast<int64_t>(i) * kMillisecond) << cuts;
      }
    }
    for (size_t i = 1; i < ticks.size(); ++i) ASSERT_GT(ticks[i].now, ticks[i - 1].now);
    std::filesystem::remove_all(folder);
  }
  EXPECT_GT(cuts, 200);
  EXPECT_GE((*log)->counters().segments, 3u);
}

}  // namespace
}  // namespace furrow::edge
