// SPDX-License-Identifier: Apache-2.0
#include "device/spool/disk.h"

#include <unistd.h>

#include <cerrno>

namespace furrow::device {
namespace {

class System final : public Disk {
 public:
  int MakeFolder(const std::string& path) override { return disk_.MakeFolder(path); }
  int Create(const std::string& path, int mode) override { return disk_.Create(path, mode); }
  ssize_t Write(int file, std::string_view bytes) override { return disk_.Write(file, bytes); }
  int Sync(int file) override { return disk_.Sync(file); }
  void Close(int file) override { disk_.Close(file); }
  int SyncFolder(const std::string& folder) override { return disk_.SyncFolder(folder); }
  int Rename(const std::string& from, const std::string& to) override {
    return disk_.Rename(from, to);
  }
  int Remove(const std::string& path) override { return disk_.Remove(path); }
  int Symlink(const std::string& target, const std::string& path) override {
    return ::symlink(target.c_str(), path.c_str()) < 0 ? -errno : 0;
  }

 private:
  bundle::Disk& disk_ = bundle::SystemDisk();
};

}  // namespace

Disk& SystemDisk() {
  static System disk;
  return disk;
}

}  // namespace furrow::device
