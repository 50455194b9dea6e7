// SPDX-License-Identifier: Apache-2.0
#include "store/kv/space.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>

namespace furrow::store {
namespace {

constexpr char kName[] = "/reserve";
constexpr int64_t kAskEveryMs = 100;
// Below what uploads leave free: files stop before documents do.
constexpr uint64_t kFloorMax = 32ull << 20;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Space::Space(std::string dir, uint64_t reserve_max) : dir_(std::move(dir)) {
  const uint64_t total = DiskBytes(dir_);
  reserve_ = std::min(reserve_max, total / 8);
  if (reserve_max > 0) floor_ = std::min(kFloorMax, total / 40);
  struct stat about {};
  kept_ = ::stat((dir_ + kName).c_str(), &about) == 0 &&
          static_cast<uint64_t>(about.st_size) >= reserve_;
  Refill();
}

Space::Disk Space::Ask(const std::string& dir) {
  struct statvfs disk {};
  // A disk that cannot be asked says itself when it is full.
  if (::statvfs(dir.c_str(), &disk) != 0) return {UINT64_MAX, UINT64_MAX};
  return {static_cast<uint64_t>(disk.f_blocks) * disk.f_frsize,
          static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize};
}

bool Space::Roomy(uint64_t bytes) {
  if (floor_ == 0) return true;
  const int64_t now = NowMs();
  const int64_t since = since_.fetch_add(static_cast<int64_t>(bytes)) + static_cast<int64_t>(bytes);
  if (now - asked_ms_.load() < kAskEveryMs && since < static_cast<int64_t>(floor_ / 8)) {
    return roomy_.load();
  }
  asked_ms_ = now;
  since_ = 0;
  const uint64_t free = Ask(dir_).free;
  roomy_ = free >= (roomy_.load() ? floor_ : 2 * floor_);
  return roomy_.load();
}

uint64_t Space::DiskBytes(const std::string& dir) { return Ask(dir).total; }

bool Space::Spend(const std::string& dir) { return ::unlink((dir + kName).c_str()) == 0; }

void Space::Spend() {
  const std::lock_guard lock(mutex_);
  (void)Spend(dir_);
  kept_ = false;
}

void Space::Refill() {
  const std::lock_guard lock(mutex_);
  if (kept_ || reserve_ == 0 || Ask(dir_).free < reserve_ + 2 * floor_) return;
  const int fd = ::open((dir_ + kName).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return;
  // Not posix_fallocate: where a file system cannot reserve it would write all of it.
  kept_ = ::fallocate(fd, 0, 0, static_cast<off_t>(reserve_)) == 0;
  ::close(fd);
  if (!kept_) (void)::unlink((dir_ + kName).c_str());
}

}  // namespace furrow::store
