// SPDX-License-Identifier: Apache-2.0
#include "edge/record/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace furrow::edge {
namespace {

int OrErrno(int result) { return result < 0 ? -errno : result; }

class TheDisk : public Disk {
 public:
  int Create(const std::string& path) override {
    return OrErrno(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  }
  int Reserve(int file, uint64_t offset, uint64_t length) override {
    int result = 0;
    do {
      result = OrErrno(::fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                                   static_cast<off_t>(length)));
    } while (result == -EINTR);
    return result;
  }
  ssize_t Write(int file, uint64_t offset, std::string_view bytes) override {
    ssize_t result = 0;
    do {
      result = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
  }
  int Truncate(int file, uint64_t size) override {
    return OrErrno(::ftruncate(file, static_cast<off_t>(size)));
  }
  int Sync(int file) override { return OrErrno(::fdatasync(file)); }
  int SyncFolder(const std::string& folder) override {
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return -errno;
    const int result = OrErrno(::fsync(fd));
    ::close(fd);
    return result;
  }
  int Remove(const std::string& path) override { return OrErrno(::unlink(path.c_str())); }
  void Close(int file) override { ::close(file); }
};

}  // namespace

Disk& SystemDisk() {
  static TheDisk disk;
  return disk;
}

}  // namespace furrow::edge
