// SPDX-License-Identifier: Apache-2.0
#include "bundle/disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/id.h"

namespace furrow::bundle {
namespace {

int Answer(int result) { return result < 0 ? -errno : result; }

class System final : public Disk {
 public:
  int MakeFolder(const std::string& path) override {
    const int made = Answer(::mkdir(path.c_str(), 0755));
    struct stat info {};
    const bool there = made == -EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
    return there ? 0 : made;
  }
  int Create(const std::string& path, int mode) override {
    return Answer(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  }
  ssize_t Write(int file, std::string_view bytes) override {
    const ssize_t taken = ::write(file, bytes.data(), bytes.size());
    return taken < 0 ? -errno : taken;
  }
  int Sync(int file) override { return Answer(::fsync(file)); }
  void Close(int file) override { ::close(file); }
  int SyncFolder(const std::string& folder) override {
    const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) return -errno;
    const int synced = Answer(::fsync(file));
    ::close(file);
    return synced;
  }
  int Rename(const std::string& from, const std::string& to) override {
    return Answer(std::rename(from.c_str(), to.c_str()));
  }
  int Remove(const std::string& path) override { return Answer(std::remove(path.c_str())); }
};

}  // namespace

Disk& SystemDisk() {
  static System disk;
  return disk;
}

Status DiskError(const std::string& path, int error) {
  error = std::abs(error);
  Code code = Code::kIoError;
  if (error == ENOSPC || error == EDQUOT) code = Code::kUnavailable;
  if (error == ENOENT || error == ENOTDIR) code = Code::kNotFound;
  if (error == EEXIST || error == ENOTEMPTY) code = Code::kAlreadyExists;
  if (error == EACCES || error == EPERM) code = Code::kPermissionDenied;
  return Status(code, path + ": " + std::strerror(error));
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<NewFile> NewFile::Create(Disk& disk, const std::string& path, int mode) {
  const int file = disk.Create(path, mode);
  if (file < 0) return DiskError(path, file);
  return NewFile(disk, path, file);
}

NewFile::NewFile(NewFile&& other) noexcept
    : disk_(other.disk_), path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

NewFile::~NewFile() {
  if (file_ < 0) return;
  disk_.Close(file_);
  disk_.Remove(path_);
}

Status NewFile::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t taken = disk_.Write(file_, bytes);
    if (taken == -EINTR) continue;
    if (taken <= 0) return DiskError(path_, taken == 0 ? EIO : static_cast<int>(taken));
    bytes.remove_prefix(static_cast<size_t>(taken));
  }
  return {};
}

Status NewFile::Finish() {
  if (const int synced = disk_.Sync(file_); synced < 0) return DiskError(path_, synced);
  disk_.Close(std::exchange(file_, -1));
  return {};
}

Status PutFile(Disk& disk, const std::string& path, std::string_view text, int mode) {
  const std::string temporary = path + "." + NewId();
  {
    FURROW_ASSIGN(NewFile file, NewFile::Create(disk, temporary, mode));
    FURROW_TRY(file.Add(text));
    FURROW_TRY(file.Finish());
  }
  if (const int renamed = disk.Rename(temporary, path); renamed < 0) {
    disk.Remove(temporary);
    return DiskError(path, renamed);
  }
  const std::string folder = FolderOf(path);
  if (const int synced = disk.SyncFolder(folder); synced < 0) return DiskError(folder, synced);
  return {};
}

Status RemoveAll(Disk& disk, const std::string& path) {
  std::error_code error;
  const auto kind = std::filesystem::symlink_status(path, error).type();
  if (kind == std::filesystem::file_type::not_found) return {};
  if (kind == std::filesystem::file_type::directory) {
    std::filesystem::directory_iterator entry(path, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      FURROW_TRY(RemoveAll(disk, entry->path().string()));
    }
    if (error) return Status(Code::kIoError, path + ": " + error.message());
  }
  if (const int removed = disk.Remove(path); removed < 0) return DiskError(path, removed);
  return {};
}

}  // namespace furrow::bundle
