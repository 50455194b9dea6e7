// SPDX-License-Identifier: Apache-2.0
// A disk that fills up loses frames first, then everything, and takes all again when it can.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "edge/record/record_fixture.h"

namespace furrow::edge {
namespace {

constexpr uint64_t kMiB = 1 << 20;

/// The real disk with a bound on what all files take, room that is kept for them included.
class SmallDisk : public Disk {
 public:
  explicit SmallDisk(uint64_t bytes) : limit(bytes) {}
  int Create(const std::string& path) override {
    const int file = SystemDisk().Create(path);
    if (file >= 0) taken_[file] = 0;
    return file;
  }
  int Reserve(int file, uint64_t offset, uint64_t length) override {
    return Grow(file, offset + length) ? 0 : -ENOSPC;
  }
  ssize_t Write(int file, uint64_t offset, std::string_view bytes) override {
    if (broken) return -EIO;
    if (!Grow(file, offset + bytes.size())) {
      // As a real one: what fits is written.
      const uint64_t room = taken_[file] > offset ? taken_[file] - offset : 0;
      if (room == 0) return -ENOSPC;
      bytes = bytes.substr(0, room);
    }
    return SystemDisk().Write(file, offset, bytes);
  }
  int Truncate(int file, uint64_t size) override {
    taken_[file] = std::min(taken_[file], size);
    return SystemDisk().Truncate(file, size);
  }
  int Sync(int file) override {
    ++syncs;
    return broken ? -EIO : SystemDisk().Sync(file);
  }
  int SyncFolder(const std::string& folder) override { return SystemDisk().SyncFolder(folder); }
  int Remove(const std::string& path) override { return SystemDisk().Remove(path); }
  void Close(int file) override {
    closed_ += taken_[file];
    taken_.erase(file);
    SystemDisk().Close(file);
  }

  uint64_t limit;
  bool broken = false;
  int syncs = 0;

 private:
  bool Grow(int file, uint64_t to) {
    uint64_t all = closed_;
    for (const auto& [other, bytes] : taken_) all += other == file ? std::max(bytes, to) : bytes;
    if (to > taken_[file] && all > limit) return false;
    taken_[file] = std::max(taken_[file], to);
    return true;
  }
  std::map<int, uint64_t> taken_;
  uint64_t closed_ = 0;
};

/// Drives on with a camera whose frames do not shrink: 0.1 MB every 100 ms.
class Drive {
 public:
  explicit Drive(LogEncoder& encoder) : encoder_(encoder), pixels_(320 * 320) {
    uint32_t x = 1;
    for (uint8_t& pixel : pixels_) {
      x = x * 1664525 + 1013904223;
      pixel = static_cast<uint8_t>(x >> 24);
    }
  }
  void On(LogFile& log, int ms) {
    for (const int64_t end = at_ + ms; at_ < end; ++at_) {
      RecordMillisecond(encoder_, at_);
      if (at_ % 100 == 0) {
        encoder_.Frame({pixels_.data(), 320, 320, 320, PixelFormat::kBayerRggb8, 0,
                        static_cast<uint64_t>(at_ / 100), 5 * kSecond + at_ * kMillisecond, 0});
        log.Drain();
      }
    }
    log.Drain();
  }
  int64_t driven() const { return at_; }

 private:
  LogEncoder& encoder_;
  std::vector<uint8_t> pixels_;
  int64_t at_ = 0;
};

LogOptions On(Disk* disk) {
  LogOptions options;
  options.thread = false;
  options.disk = disk;
  options.reserve_bytes = kMiB;
  return options;
}

TEST(DiskFull, FramesGoFirstAndComeBack) {
  TemporaryFolder top;
  SmallDisk disk(5 * kMiB);
  LogEncoder encoder(kMiB);
  auto log = LogFile::Open(top / "log", On(&disk), {&encoder});
  ASSERT_TRUE(log.ok());
  Drive drive(encoder);
  drive.On(**log, 2000);
  EXPECT_EQ((*log)->counters().state, DiskState::kGood);
  EXPECT_EQ((*log)->counters().disk_lost, 0u);
  drive.On(**log, 60'000);
  LogCounters counters = (*log)->counters();
  EXPECT_EQ(counters.state, DiskState::kNoFrames);
  EXPECT_GT(counters.disk_lost_frames, 500u);
  EXPECT_EQ(counters.disk_lost, counters.disk_lost_frames);
  EXPECT_GT(counters.reserved, kMiB / 2);
  disk.limit = 20 * kMiB;
  const uint64_t lost = counters.disk_lost;
  drive.On(**log, 5000);
  EXPECT_EQ((*log)->counters().state, DiskState::kGood);
  EXPECT_EQ((*log)->counters().disk_lost, lost);
  ASSERT_TRUE((*log)->Close().ok());

  const Content content = ReadLog(top / "log");
  EXPECT_TRUE(content.damage.empty());
  EXPECT_TRUE(content.closed);
  EXPECT_EQ(content.Of<TickRecord>().size(), static_cast<size_t>(drive.driven()));
  uint64_t told = 0;
  for (const GapRecord& gap : content.Of<GapRecord>()) {
    EXPECT_EQ(gap.reason, GapRecord::kDisk);
    EXPECT_EQ(gap.records, gap.frames);
    told += gap.frames;
  }
  EXPECT_EQ(told, lost);
  EXPECT_EQ(content.Of<FrameRecord>().size() + lost, 670u);
  EXPECT_EQ(content.Of<EndRecord>().at(0).lost_frames, lost);
}

TEST(DiskFull, TheReserveCarriesCommandsUntilItIsUsedUp) {
  TemporaryFolder top;
  SmallDisk disk(3 * kMiB);
  LogOptions options = On(&disk);
  options.segment_bytes = kMiB;  // no room for a next one must not stop this one
  LogEncoder encoder(kMiB);
  auto log = LogFile::Open(top / "log", options, {&encoder});
  ASSERT_TRUE(log.ok());
  Drive drive(encoder);
  drive.On(**log, 30'000);
  // Somebody else takes everything that is not ours.
  disk.limit = 0;
  const int64_t begin = drive.driven();
  while ((*log)->counters().state != DiskState::kFull) drive.On(**log, 1000);
  // A megabyte carries minutes.
  EXPECT_GT(drive.driven() - begin, 200'000);
  drive.On(**log, 3000);
  disk.limit = 10 * kMiB;
  drive.On(**log, 3000);
  EXPECT_EQ((*log)->counters().state, DiskState::kGood);
  // The error is told though it is over.
  EXPECT_EQ((*log)->Close().code(), Code::kUnavailable);
  const LogCounters counters = (*log)->counters();
  EXPECT_GT(counters.disk_lost, counters.disk_lost_frames);

  const Content content = ReadLog(top / "log");
  EXPECT_TRUE(content.damage.empty());
  EXPECT_TRUE(content.closed);
  uint64_t told = 0;
  for (const GapRecord& gap : content.Of<GapRecord>()) told += gap.records;
  EXPECT_EQ(told, counters.disk_lost);
  EXPECT_EQ(content.records.size() - content.Of<GapRecord>().size() - 1, counters.records - 1);
  EXPECT_EQ(content.Of<TickRecord>().back().now, 5 * kSecond + (drive.driven() - 1) * kMillisecond);
}

TEST(DiskFull, ABrokenDiskIsToldAndLosesNothingThatWasWritten) {
  TemporaryFolder top;
  SmallDisk disk(50 * kMiB);
  LogEncoder encoder(kMiB);
  auto log = LogFile::Open(top / "log", On(&disk), {&encoder});
  Drive drive(encoder);
  drive.On(**log, 500);
  (*log)->Flush();
  disk.broken = true;
  drive.On(**log, 500);
  EXPECT_EQ((*log)->Close().code(), Code::kIoError);
  EXPECT_GT((*log)->counters().write_errors, 0u);
  EXPECT_GT((*log)->counters().sync_errors, 0u);
  const Content content = ReadLog(top / "log");
  EXPECT_TRUE(content.damage.empty());
  EXPECT_FALSE(content.closed);
  EXPECT_EQ(content.Of<TickRecord>().size(), 500u);
}

TEST(DiskFull, NoRoomForTheReserveIsNoLog) {
  TemporaryFolder top;
  SmallDisk disk(kMiB / 2);
  LogEncoder encoder(kMiB);
  const auto log = LogFile::Open(top / "log", On(&disk), {&encoder});
  ASSERT_FALSE(log.ok());
  EXPECT_EQ(log.status().code(), Code::kUnavailable);
  EXPECT_FALSE(std::filesystem::exists(top / "log/000001.fel"));
}

/// Runs in a process of its own, with a file system of its own. 77: there is none to be had.
int OnTmpfs(const std::string& folder) {
  // Root may mount at once; anybody else in a user namespace, where there are such.
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 77;
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (::mount("full", folder.c_str(), "tmpfs", 0, "size=4m") != 0) return 77;
  // Somebody else's, who gives it back in the end.
  const int other = ::open((folder + "/other").c_str(), O_WRONLY | O_CREAT, 0600);
  const std::string filler(kMiB, 'x');
  if (::write(other, filler.data(), filler.size()) != static_cast<ssize_t>(kMiB)) return 1;
  LogEncoder encoder(kMiB);
  auto log = LogFile::Open(folder + "/log", On(nullptr), {&encoder});
  if (!log.ok()) return 2;
  Drive drive(encoder);
  drive.On(**log, 10'000);
  if ((*log)->counters().state != DiskState::kNoFrames) return 3;
  // Whatever is left goes as well.
  while (::write(other, filler.data(), 4096) > 0) {
  }
  const int64_t begin = drive.driven();
  drive.On(**log, 60'000);
  if ((*log)->counters().disk_lost != (*log)->counters().disk_lost_frames) return 4;
  if (drive.driven() - begin != 60'000) return 5;
  if (::ftruncate(other, 0) != 0) return 6;
  ::close(other);
  const uint64_t lost = (*log)->counters().disk_lost;
  drive.On(**log, 500);
  if ((*log)->counters().state != DiskState::kGood) return 7;
  if ((*log)->counters().disk_lost != lost) return 8;
  if (!(*log)->Close().ok()) return 9;
  const Content content = ReadLog(folder + "/log");
  if (!content.damage.empty() || !content.closed) return 10;
  if (content.Of<TickRecord>().size() != static_cast<size_t>(drive.driven())) return 11;
  return 0;
}

TEST(DiskFull, OnARealFileSystem) {
  TemporaryFolder top;
  std::filesystem::create_directory(top / "disk");
  const pid_t child = ::fork();
  if (child == 0) ::_exit(OnTmpfs(top / "disk"));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no file system can be mounted here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace furrow::edge
