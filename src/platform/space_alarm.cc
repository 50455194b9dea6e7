// SPDX-License-Identifier: Apache-2.0
#include "platform/space_alarm.h"

#include <sys/statvfs.h>

#include <algorithm>

#include "admin/text.h"

namespace furrow::platform {

SpaceAlarm::SpaceAlarm(std::string dir, uint64_t low_bytes, std::function<Status()> writable,
                       std::function<void(Level, const std::string&)> say)
    : dir_(std::move(dir)),
      low_bytes_(low_bytes),
      writable_(std::move(writable)),
      say_(std::move(say)) {}

SpaceAlarm::Disk SpaceAlarm::Ask(const std::string& dir) {
  struct statvfs about {};
  if (::statvfs(dir.c_str(), &about) != 0) return {};
  return {static_cast<uint64_t>(about.f_blocks) * about.f_frsize,
          static_cast<uint64_t>(about.f_bavail) * about.f_frsize};
}

void SpaceAlarm::Look() { Look(Ask(dir_)); }

void SpaceAlarm::Look(const Disk& disk) {
  const uint64_t bound = std::min(low_bytes_, disk.total / 10);
  const Level before = level_;
  const uint64_t limit = before == Level::kGood ? bound : bound + bound / 4;
  Level now = disk.free < limit ? Level::kLow : Level::kGood;
  if (!writable_().ok()) now = Level::kFull;
  if (now == before) return;
  level_ = now;
  const std::string free = admin::Bytes(disk.free) + " of " + admin::Bytes(disk.total) + " free";
  switch (now) {
    case Level::kFull:
      say_(now, "writes are refused (503): " + writable_().message() + "; " + free +
                    ". Reading and deleting go on");
      break;
    case Level::kLow:
      say_(now, "the disk of " + dir_ + " is filling up: " + free +
                    ". Delete tasks or add space; furrow du shows what takes it");
      break;
    case Level::kGood:
      say_(now, "the disk of " + dir_ + " has room again: " + free);
      break;
  }
}

const char* SpaceAlarm::name() const {
  switch (level_) {
    case Level::kLow:
      return "low";
    case Level::kFull:
      return "full";
    case Level::kGood:
      break;
  }
  return "good";
}

}  // namespace furrow::platform
